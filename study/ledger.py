"""What a study consists of, so that `study status` and a second run can say what is done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from schemas.errors import BadData
from schemas.jsonl import write_atomic
from schemas.runs import Run

FILE = "study.json"


@dataclass
class Ledger:
    """The runs a study needs, as far as they are known, and what will be missing.

    Args:
        out: the study's folder.
        runs: step or cell name -> run id.
        failed: name -> one line.
        omitted: cells that are not part of the study, each with its reason.
        dropped: cells that a time limit dropped.
        limit: that limit in minutes, of the call that finished the study; None without one.
        finished: whether the report was written.
    """

    out: Path
    runs: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    omitted: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    limit: float | None = None
    finished: bool = False

    @classmethod
    def read(cls, out: Path) -> Ledger:
        """The books in a study's folder; empty ones if there are none. Raises BadData if they cannot be read."""
        try:
            return cls(out, **json.loads((out / FILE).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls(out)
        except (ValueError, TypeError):
            raise BadData(
                "not the books of a study, or of another version",
                where=str(out / FILE),
                do="run the study again",
            ) from None

    def write(self) -> None:
        values = asdict(self)
        del values["out"]
        write_atomic(self.out / FILE, json.dumps(values, ensure_ascii=False, indent=1))

    def begin(self, limit: float | None) -> None:
        """Start over with the books of a new call; what an equal or longer limit dropped stays dropped."""
        settled = self.finished and limit is not None and self.limit is not None and limit <= self.limit
        self.runs, self.failed, self.omitted = {}, {}, []
        self.dropped = self.dropped if settled else []
        self.finished = settled

    def expect(self, runs: Mapping[str, Run]) -> None:
        """These runs belong to the study. A failure that has since been made good is forgotten."""
        self.runs |= {name: run.id for name, run in runs.items()}
        self.failed = {
            name: why for name, why in self.failed.items() if name in self.runs and not self.done(name)
        }
        self.write()

    def fail(self, name: str, why: str) -> None:
        self.failed[name] = why
        self.write()

    def omit(self, reasons: Iterable[str]) -> None:
        self.omitted = list(dict.fromkeys([*self.omitted, *reasons]))

    def drop(self, names: Iterable[str]) -> None:
        for name in names:
            self.runs.pop(name, None)
            if name not in self.dropped:
                self.dropped.append(name)
        self.write()

    def finish(self, limit: float | None) -> None:
        self.limit = max(self.limit or 0.0, limit) if self.finished and limit is not None else limit
        self.finished = True
        self.write()

    def done(self, name: str) -> bool:
        return (self.out / "runs" / self.runs[name] / "manifest.json").exists()

    def missing(self) -> list[str]:
        """Every cell that is not part of the study, with its reason, for the report."""
        return [*self.omitted, *(f"{name}: no time left under --limit-minutes" for name in self.dropped)]

    def state(self, name: str, *, at_work: bool) -> str:
        """`done`, `failed`, `running` or `pending`."""
        if self.done(name):
            return "done"
        if name in self.failed:
            return "failed"
        begun = (self.out / "runs" / self.runs[name]).exists()
        return "running" if begun and at_work else "pending"
