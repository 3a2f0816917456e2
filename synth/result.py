"""What a generation made, and the run folder it is found in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curation.counts import Counts, total
from schemas.canonical import sha256_of
from schemas.instance import Instance
from schemas.jsonl import as_line, read_models
from schemas.runs import Run
from synth.spec import GenerateSpec
from synth.strategies import Prompt

if TYPE_CHECKING:
    from inference.backends import Generator


@dataclass(frozen=True)
class GenerateResult:
    """What a generation made.

    Args:
        path: the run folder, with `accepted.jsonl`, `rejects.jsonl` and `journal.jsonl`.
        counts: ability -> what became of its prompts; pending ones were not needed for the quota.
        reasons: rule -> how many replies it refused, those made good by a retry included.
        missing: ability -> how many rows its quota lacks, because its prompts ran out.
        asked: requests sent by this call; the others were answered before.
        reused: answers taken over from other runs with the same request settings.
    """

    path: Path
    counts: Mapping[str, Counts]
    reasons: Mapping[str, int]
    missing: Mapping[str, int]
    asked: int = 0
    reused: int = 0

    @property
    def total(self) -> Counts:
        return total(self.counts.values())

    def rows(self) -> list[Instance]:
        """The accepted rows, ability by ability, in the order of their prompts."""
        return list(read_models(self.path / "accepted.jsonl", Instance))


def as_numbers(counts: Counts) -> dict[str, int]:
    """The four numbers of the sum, as manifests and `--json` hold them."""
    found: dict[str, int] = counts.model_dump(include={"rows", "accepted", "rejected", "pending"})
    return found


def run_of(spec: GenerateSpec, prompts: Sequence[Prompt], backend: Generator, out: Path) -> Run:
    """The run folder that these settings, prompts and model have under `out`."""
    settings = spec.result() | {"model": backend.name, "revision": backend.revision}
    return Run(out, "generate", settings, {"prompts": sha256_of([as_line(p) for p in prompts])})


def finished_result(run: Run) -> GenerateResult:
    """What the manifest of a finished run says."""
    notes = run.manifest().notes
    counts = {a: Counts(**c) for a, c in notes["counts"].items()}
    return GenerateResult(run.path, counts, notes["reasons"], notes["missing"])


def changed_settings(run: Run) -> list[tuple[str, list[str]]]:
    """Unfinished runs beside `run` on the same prompts, and which settings differ; for a note to the user."""
    found = []
    for path in sorted(run.path.parent.glob("generate-*/spec.json")):
        folder = path.parent
        if folder == run.path or run.path.exists() or (folder / "manifest.json").exists():
            continue
        spec = json.loads(path.read_text(encoding="utf-8"))
        keys = [k for k in run.spec if spec.get(k) != run.spec[k]]
        found.append((folder.name, keys or ["prompts"]))
    return found
