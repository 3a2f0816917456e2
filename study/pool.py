"""The curated pool of a study, as a finished run folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from curation.pool import Pool, curate
from finetune.mix import Key
from schemas.ability import Ability
from schemas.canonical import hash_file
from schemas.instance import Origin
from schemas.progress import Progress
from schemas.runs import Run
from schemas.study import StudySpec
from study.sources import Raw


@dataclass(frozen=True)
class StudyPool:
    """What curation made of the raw sources.

    Args:
        abilities: those with test items, in the order of the abilities' file.
    """

    run: Run
    pool: Pool
    abilities: tuple[str, ...]

    def file(self, part: str) -> Path:
        return self.pool.parts[part]

    def hash(self, part: str) -> str:
        return hash_file(self.file(part))

    def available(self, part: str, origin: Origin) -> dict[Key, int]:
        """(ability, origin) -> rows of a part."""
        return {(ability, origin): n for ability, n in self.pool.counts.get(part, {}).items()}


def curate_pool(
    spec: StudySpec, raw: Raw, runs: Path, abilities: Mapping[str, Ability], progress: Progress
) -> StudyPool:
    """Run, or find, the curation of a study. Raises what `curation.pool.curate` raises."""
    settings = spec.model_dump(mode="json", include={"sources", "splits", "max_characters", "check"})
    known = {name: ability.model_dump(mode="json") for name, ability in abilities.items()}
    settings |= {"abilities": known, "cap": spec.grid.cap, "n": spec.grid.n}
    run = Run(runs, "curate", settings, raw.hashes)
    if not run.done:
        pool = curate(spec, raw.sources, run.begin(), progress, abilities)
        run.finish(**pool.report.total.model_dump(exclude={"reasons"}))
    pool = Pool.read(run.path)
    return StudyPool(run, pool, tuple(a for a in abilities if pool.counts.get("test", {}).get(a)))
