"""How the exported rows were made, as the steps behind them say: read for the dataset card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from curation.counts import Counts
from curation.step import Step, steps_behind
from schemas.errors import BadData
from schemas.instance import Frozen
from schemas.jsonl import first_reason
from schemas.textfile import read_text

AGREEMENT = "agreement.json"


class Agreement(Frozen):
    """How far people's verdicts on the same instances agree, as a review says it.

    Args:
        measure: its name, such as `observed agreement` or `Krippendorff's alpha`.
        value: the number.
        low, high: its interval, where one was computed.
        items: instances judged by at least two people.
        people: how many judged.
        ability: an ability's name; empty for all together.
    """

    measure: str
    value: float
    low: float | None = None
    high: float | None = None
    items: int
    people: int
    ability: str = ""


class AgreementFile(Frozen):
    """`agreement.json` in the folder of a review: `{"agreement": [{"measure": ..., "value": ..., ...}, ...]}`."""

    agreement: tuple[Agreement, ...]


@dataclass
class History:
    """What is known.

    Args:
        steps: from the first to the last.
        agreement: of the reviews among them.
    """

    steps: list[Step] = field(default_factory=list)
    agreement: list[Agreement] = field(default_factory=list)

    def reasons(self, stage: str) -> list[tuple[str, int]]:
        """(rule, rows) that steps of a stage rejected, over all of them."""
        found: dict[str, int] = {}
        for step in self.steps:
            for reason, number in step.counts.reasons.items():
                of, _, rule = reason.partition("/")
                if of == stage:
                    found[rule] = found.get(rule, 0) + number
        return list(found.items())


def rules_of(step: Step) -> dict[str, dict[str, Any]]:
    """The rules that a step looked at its rows with: rule -> settings; none for most steps."""
    found = step.settings if step.stage == "check" else step.settings.get("check")
    if not isinstance(found, dict):
        return {}
    return {rule: dict(values) if isinstance(values, dict) else {} for rule, values in found.items()}


def history_of(files: Sequence[Path]) -> History:
    """The steps behind files of instances; a study's pool, which has no steps, is one step `curate`.

    Raises:
        BadData: an `agreement.json` that is none.
    """
    found = History()
    for folder, step in steps_behind(files):
        found.steps.append(step)
        found.agreement += _agreement(folder / AGREEMENT)
    if not found.steps:
        for folder in dict.fromkeys(file.resolve().parent.parent for file in files):
            pool = _pool(folder / "counts.json")
            if pool is not None:
                found.steps.append(pool)
    return found


def _agreement(path: Path) -> tuple[Agreement, ...]:
    if not path.is_file():
        return ()
    try:
        return AgreementFile.model_validate_json(read_text(path)).agreement
    except ValidationError as error:
        raise BadData(
            f"not a review's agreement ({first_reason(error)})", where=str(path), do="mend or remove the file"
        ) from None


def _pool(path: Path) -> Step | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        counts = Counts.model_validate(value["total"])
        sources = list(value["sources"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    from datetime import UTC, datetime

    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Step(stage="curate", settings={"sources": sources}, counts=counts, finished=written)


def shown_settings(settings: dict[str, Any]) -> str:
    """Settings in one line, without the places of files: where things lie on one's own disk is nobody's business."""
    return ", ".join(f"{name} = {_shown(value)}" for name, value in settings.items())


def _shown(value: Any) -> str:
    return json.dumps(_without_places(value), ensure_ascii=False)


def _without_places(value: Any) -> Any:
    if isinstance(value, str):
        return Path(value).name if value.startswith("/") else value
    if isinstance(value, dict):
        return {str(_without_places(k)): _without_places(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without_places(v) for v in value]
    return value
