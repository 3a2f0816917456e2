"""Deduplication of files: read once, compare, judge, write; and judge again without comparing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from curation.counts import Counts
from curation.dedup.bands import Plan, plan_for
from curation.dedup.judge import judge
from curation.dedup.pairs import Pairs, no_pairs
from curation.dedup.read import Texts, read_rows
from curation.dedup.search import near_pairs
from curation.dedup.settings import CHANGEABLE, REASONS, DedupSettings
from curation.dedup.spool import workplace
from curation.dedup.store import PAIRS, ROWS, load_pairs, load_rows, save_pairs, save_rows
from curation.dedup.table import Table
from curation.dedup.write import CLUSTERS, DECISIONS, INSTANCES, write_all
from curation.step import STEP, begin_step, finish_step, read_step, refuse_step
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.instance import Frozen
from schemas.progress import Progress, silent
from schemas.toml import parse_spec

# Of the pairs exactly at the floor, and of those at the threshold; of those above it, more.
_AT_FLOOR, _AT_THRESHOLD = 0.98, 0.995


class DedupReport(Frozen):
    """What came of a deduplication.

    Args:
        counts: the sum.
        clusters: by the kind of their members: `conflict`, `semantic`, `near`, `exact`, `apart` (nobody went).
        apart: reason -> rows that stay although they are similar to one that stays.
        pairs: recorded similar pairs.
        crowded: rows that share a band with so many others that they were compared with some of them only.
        recall: expected share of the near-duplicates exactly at the threshold that were compared; 1 without any.
        trimmed: rows that are longer than the encoder reads.
    """

    counts: Counts
    clusters: dict[str, int]
    apart: dict[str, int]
    pairs: int
    crowded: int
    recall: float
    trimmed: int = 0


def dedup_files(
    files: Sequence[Path],
    out: Path,
    settings: DedupSettings | None = None,
    *,
    workers: int | None = 1,
    progress: Progress = silent,
) -> DedupReport:
    """Write `instances.jsonl` (rows as they stood, in input order), `decisions.jsonl`, `clusters.jsonl`,
    `rows.parquet`, `pairs.parquet` and last `step.json`.

    Memory: some 1,100 bytes a row at the most. Texts lie in a temporary file within `out` meanwhile.

    Args:
        workers: as for `curation.workers.in_order`; the result does not depend on it.

    Raises:
        BadSpec: files that are read would be overwritten, or cannot be read twice.
        MissingFile, BadData: a file, or a line of it, that holds no instance; or it changed meanwhile.
        BadModel: the encoder does not load.
    """
    settings = settings or DedupSettings()
    _refuse(files, out)
    plan = _plan(settings)
    with workplace(out) as folder:
        table, texts = read_rows(files, settings, plan, folder / "texts", workers, progress)
        pairs, crowded = no_pairs(), 0
        if plan is not None:
            pairs, crowded = near_pairs(table, texts, settings, plan, workers, progress)
        trimmed = 0
        if settings.semantic:
            pairs, trimmed = _with_semantic(pairs, table, texts, settings, progress)
        del texts
        known = {"plan": plan.model_dump() if plan else None, "crowded": crowded, "trimmed": trimmed}
        return _finish(table, pairs, out, settings, known, folder, progress)


def _plan(settings: DedupSettings) -> Plan | None:
    if settings.near is None:
        return None
    plan = plan_for(settings.floor, _AT_FLOOR)
    return plan if plan.recall(settings.near) >= _AT_THRESHOLD else plan_for(settings.floor, _AT_THRESHOLD)


class _Recorded(Frozen):
    """What a later judgement takes from the earlier step as it is."""

    plan: Plan | None
    crowded: int | None
    trimmed: int | None
    digests: tuple[str, ...]


def dedup_again(
    earlier: Path, out: Path, changes: Mapping[str, Any], *, progress: Progress = silent
) -> DedupReport:
    """Judge the pairs that an earlier run recorded by other settings; nothing is compared again.

    Args:
        earlier: the folder of a dedup step.
        changes: settings of `CHANGEABLE` with their new values.

    Raises:
        MissingFile: no such step, or an input of it is gone.
        BadSpec: a setting that would need new comparisons, such as a threshold below the recorded floor.
        BadData: an input changed since.
    """
    step = read_step(earlier)
    if step is None or step.stage != "dedup" or "digests" not in step.settings:
        raise MissingFile("no finished dedup there", where=str(earlier), do="name the folder of a dedup step")
    recorded = {name: step.settings[name] for name in DedupSettings.model_fields if name in step.settings}
    before = parse_spec(recorded, DedupSettings, str(earlier / STEP))
    settings = parse_spec({**recorded, **changes}, DedupSettings, "dedup --again")
    _changeable(before, settings, changes)
    files = [Path(path) for path in step.inputs]
    _refuse(files, out)
    told = {name: step.settings.get(name) for name in _Recorded.model_fields}
    known = parse_spec(told, _Recorded, str(earlier / STEP)).model_dump()
    digests = list(known.pop("digests"))
    table = load_rows(earlier / ROWS, files, digests)
    pairs = load_pairs(earlier / PAIRS)
    if (
        len(digests) != len(files)
        or len(table) != step.counts.rows
        or (len(pairs) and int(pairs.other.max()) >= len(table))
    ):
        raise BadData(
            "not the rows of this step", where=str(earlier / ROWS), do="run dedup on the files again"
        )
    with workplace(out) as folder:
        return _finish(table, pairs, out, settings, known, folder, progress)


def _changeable(before: DedupSettings, settings: DedupSettings, changes: Mapping[str, Any]) -> None:
    for name in changes:
        if name not in CHANGEABLE:
            raise BadSpec(
                "this decides what is compared and cannot be changed afterwards",
                where=f"{name} with --again",
                do="run dedup on the files again",
            )
    lowered = (
        ("near", before.near, before.floor),
        ("semantic_threshold", before.semantic or None, before.semantic_floor),
    )
    for name, ran, floor in lowered:
        value = changes.get(name)
        if value is not None and (ran is None or value < floor):
            why = (
                f"pairs below {floor:g} were not recorded"
                if ran is not None
                else "it was not looked for then"
            )
            raise BadSpec(why, where=f"{name} {value:g} with --again", do="run dedup on the files again")


def _finish(
    table: Table,
    pairs: Pairs,
    out: Path,
    settings: DedupSettings,
    known: Mapping[str, Any],
    folder: Path,
    progress: Progress,
) -> DedupReport:
    verdicts = judge(table, pairs, settings)
    save_rows(folder / ROWS, table)
    save_pairs(folder / PAIRS, pairs, REASONS)
    begin_step(out)
    written = write_all(table, verdicts, out, progress)
    for name in (ROWS, PAIRS):
        (folder / name).replace(out / name)
    plan = Plan.model_validate(known["plan"]) if known["plan"] else None
    recall = plan.recall(settings.near) if plan and settings.near is not None else 1.0
    report = DedupReport(
        counts=written.counts,
        clusters=written.clusters,
        apart=written.apart,
        pairs=len(pairs),
        crowded=known["crowded"] or 0,
        recall=round(recall, 6),
        trimmed=known["trimmed"] or 0,
    )
    told = report.model_dump(exclude={"counts"})
    finish_step(
        out,
        "dedup",
        {**settings.model_dump(), **known, "digests": table.digests, "report": told},
        table.files,
        written.counts,
    )
    return report


def _refuse(files: Iterable[Path], out: Path) -> None:
    files = list(files)
    refuse_step(out, "dedup", files, (INSTANCES, DECISIONS, CLUSTERS, ROWS, PAIRS))
    for path in files:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise BadSpec(
                "rows are read twice, which a pipe or device does not allow",
                where=str(path),
                do="write them to a file first",
            )


def _with_semantic(
    pairs: Pairs, table: Table, texts: Texts, settings: DedupSettings, progress: Progress
) -> tuple[Pairs, int]:
    from curation.dedup.semantic import semantic_pairs

    return semantic_pairs(pairs, table, texts, settings, progress)
