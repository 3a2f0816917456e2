"""What a study consists of, so that `study status` and a second run can say what is done."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from schemas.jsonl import write_atomic
from schemas.runs import Run

FILE = "study.json"


@dataclass
class Ledger:
    """The runs a study needs, as far as they are known, and the errors of those that failed.

    Args:
        out: the study's folder.
        runs: step or cell name -> run id.
        failed: name -> one line.
    """

    out: Path
    runs: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    omitted: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, out: Path) -> Ledger:
        try:
            values = json.loads((out / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(out)
        return cls(out, values["runs"], values["failed"], values["omitted"])

    def expect(self, runs: dict[str, Run]) -> None:
        self.runs |= {name: run.id for name, run in runs.items()}
        self.failed = {name: why for name, why in self.failed.items() if name in self.runs and not self.done(name)}
        self.write()

    def fail(self, name: str, why: str) -> None:
        self.failed[name] = why
        self.write()

    def write(self) -> None:
        values = {"runs": self.runs, "failed": self.failed, "omitted": self.omitted}
        write_atomic(self.out / FILE, json.dumps(values, ensure_ascii=False, indent=1))

    def done(self, name: str) -> bool:
        return (self.out / "runs" / self.runs[name] / "manifest.json").exists()

    def state(self, name: str, *, at_work: bool) -> str:
        """`done`, `failed`, `running` or `pending`."""
        if self.done(name):
            return "done"
        if name in self.failed:
            return "failed"
        begun = (self.out / "runs" / self.runs[name]).exists()
        return "running" if begun and at_work else "pending"
