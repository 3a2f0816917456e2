"""The journal: every answered request, appended once and never changed.

A process killed while it writes leaves at most one torn last line, which counts for nothing; a broken line anywhere
else is damage from outside and is reported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from schemas.append import append_lines, whole_lines
from schemas.errors import BadData


@dataclass(frozen=True)
class Request:
    """One question to the model.

    Args:
        row: id, a hash of ability, strategy, prompt id, attempt, seed and the resolved settings.
        prompt: id of the prompt.
        attempt: 0 for the first, 1 for the first retry.
        seed: of this row's sampling, derived from `row`.
    """

    row: str
    prompt: str
    attempt: int
    seed: int


@dataclass(frozen=True)
class Answer:
    """One line of the journal.

    Args:
        row, prompt, attempt, seed: of the request.
        text: the reply as the model gave it.
        tokens: of the reply, end token included where there was one.
        finished: the reply ended by itself.
        refused: why the backend could not take this request; empty if it could.
    """

    row: str
    prompt: str
    attempt: int
    seed: int
    text: str = ""
    tokens: int = 0
    finished: bool = False
    refused: str = ""


class Journal:
    """`journal.jsonl` of one run, opened by one process at a time.

    Args:
        path: made if missing.
        settings: hash of what decides a reply; kept in the first line, so that another run with the same request
            settings can take over what was answered here.
    """

    def __init__(self, path: Path, settings: str) -> None:
        self._path = path
        self.answers = {a.row: a for a in read_answers(path, settings)}
        if next(whole_lines(path), None) is None:
            _append(path, [{"settings": settings}])

    def append(self, answers: Sequence[Answer]) -> None:
        """Make `answers` durable: when this returns they survive a power cut."""
        _append(self._path, [asdict(a) for a in answers])
        self.answers |= {a.row: a for a in answers}


def read_answers(path: Path, settings: str | None = None) -> Iterator[Answer]:
    """Every whole line of a journal; none if it was kept with other settings. A torn last line is left out.

    Raises BadData for a line in the middle that is not an answer.
    """
    for number, line in whole_lines(path):
        try:
            value = json.loads(line)
            answer = Answer(**value) if number > 1 else None
            kept_with = str(value["settings"]) if number == 1 else ""
        except (ValueError, TypeError, KeyError, RecursionError):
            raise BadData(
                "not a line of a journal",
                where=f"{path}:{number}",
                do="restore the file or name another --out",
            ) from None
        if number == 1 and settings is not None and kept_with != settings:
            return
        if answer is not None:
            yield answer


def _append(path: Path, values: list[dict[str, object]]) -> None:
    # ASCII escapes, because a model's text may hold unpaired surrogates, which UTF-8 cannot say.
    append_lines(path, [json.dumps(v, sort_keys=True, separators=(",", ":")) for v in values])
