"""The whole way from raw sources to a pool: standardize, check, dedup, split, decontaminate, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from curation.canonical import row_key
from curation.check import check
from curation.counts import Counts, total
from curation.decontaminate import decontaminate
from curation.dedup import dedup
from curation.parts import Parts, divide
from curation.rules import rules_from
from curation.standardize import RawSource, reasons_of, source_names, standardize_source
from schemas.ability import Ability, doit_abilities, load_abilities
from schemas.errors import MissingFile
from schemas.instance import Candidate, Decision, Frozen, Instance, Origin
from schemas.jsonl import read_models, write_atomic, write_jsonl
from schemas.progress import Progress, Tick, silent
from schemas.study import StudySpec


class PoolCounts(Frozen):
    """What a pool holds and what became of every raw row.

    Args:
        sources: source name -> counts.
        total: their sum.
        parts: part -> ability -> origin -> instances.
        notes: what a reader should know, such as parts smaller than asked for.
    """

    sources: dict[str, Counts]
    total: Counts
    parts: dict[str, dict[str, dict[Origin, int]]]
    notes: tuple[str, ...] = ()


class Pool:
    """A finished pool on the disk; rows are read when asked for.

    Args:
        path: the folder that `curate` wrote.

    Raises:
        MissingFile: the folder holds no finished pool.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not (path / "counts.json").exists():
            raise MissingFile("there is no finished pool here", where=str(path), do="run the curation first")
        self._read: dict[str, list[Instance]] = {}

    @cached_property
    def counts(self) -> PoolCounts:
        return PoolCounts.model_validate_json((self.path / "counts.json").read_text(encoding="utf-8"))

    @property
    def notes(self) -> tuple[str, ...]:
        return self.counts.notes

    @property
    def abilities(self) -> tuple[str, ...]:
        """The abilities that have a test part, in the order of their sources."""
        return tuple(self.counts.parts.get("test", {}))

    def rows(self, part: str, ability: str | None = None, origin: Origin = "human") -> list[Instance]:
        """Instances of one part, of one ability or all. KeyError for a part that the pool does not have."""
        if part not in self.counts.parts:
            raise KeyError(part)
        if part not in self._read:
            self._read[part] = list(read_models(self.path / "pool" / f"{part}.jsonl", Instance))
        return [
            row
            for row in self._read[part]
            if row.origin == origin and (ability is None or row.ability == ability)
        ]


def curate(spec: StudySpec, sources: Sequence[RawSource], out: Path, progress: Progress = silent) -> Pool:
    """Make the pool of a study and write `pool/<part>.jsonl`, `pending.jsonl`, `decisions.jsonl`, `counts.json`.

    `counts.json` comes last: a folder that has it is a finished pool. Parts are filled in the order test,
    validation, teacher, prompts, train; whatever training parts draw from is decontaminated against test and
    validation first, so that a part has the size it asked for. Synthetic and unlabelled rows only go to train.

    Raises:
        MissingFile, BadSpec, BadData: as `standardize`.
        PoolTooSmall, EmptySplit: as `split`; with `grid.cap = "available"` only for an ability with nothing left.
    """
    abilities = load_abilities(spec.abilities) if spec.abilities else doit_abilities()
    settings = {**spec.check, "length": _length(spec)}
    rules = rules_from(settings)
    instances, pending, decisions = _standardized(sources, abilities, progress)
    rows_in = len(instances) + len(pending) + len(decisions)
    instances, failed = check(instances, rules, progress)
    decisions += failed
    found = dedup(instances)
    decisions += found.decisions
    progress(Tick("dedup", len(instances), len(instances), f"{len(found.decisions)} duplicates"))
    borrowing = _borrowing(sources)
    parts = divide(
        spec, found.kept, borrowing, lambda train, test: decontaminate(train, test, progress=progress)
    )
    decisions += parts.decisions
    counts = _counts(parts, pending, decisions, rows_in, sources)
    for part, rows in parts.rows.items():
        write_jsonl(out / "pool" / f"{part}.jsonl", rows)
    write_jsonl(out / "pending.jsonl", pending)
    write_jsonl(out / "decisions.jsonl", decisions)
    write_atomic(out / "counts.json", counts.model_dump_json(indent=1))
    return Pool(out)


def _standardized(
    sources: Sequence[RawSource], abilities: Mapping[str, Ability], progress: Progress
) -> tuple[list[Instance], list[Candidate], list[Decision]]:
    instances: list[Instance] = []
    pending: list[Candidate] = []
    decisions: list[Decision] = []
    for source, names in zip(sources, _names(sources), strict=True):
        for outcome in standardize_source(source, abilities, names, progress):
            if isinstance(outcome, Instance):
                instances.append(outcome)
            elif isinstance(outcome, Candidate):
                pending.append(outcome)
            else:
                decisions.append(outcome)
    return instances, pending, decisions


def _names(sources: Sequence[RawSource]) -> list[list[str]]:
    """Source names, distinct over all files of the study."""
    flat = iter(source_names([file for source in sources for file in source.files]))
    return [[next(flat) for _ in source.files] for source in sources]


def _borrowing(sources: Sequence[RawSource]) -> set[str]:
    return {
        name
        for source, names in zip(sources, _names(sources), strict=True)
        for name in names
        if (source.options or {}).get("distractors") == "borrow"
    }


def _length(spec: StudySpec) -> object:
    """The rule's own settings with the study's limit under them; false stays false."""
    value = spec.check.get("length", {})
    return {"maximum": spec.max_characters, **value} if isinstance(value, dict) else value


def _counts(
    parts: Parts,
    pending: Sequence[Candidate],
    decisions: Sequence[Decision],
    rows_in: int,
    sources: Sequence[RawSource],
) -> PoolCounts:
    kept = [row_key(row) for rows in parts.rows.values() for row in rows]
    unused = [row_key(row) for row in parts.unused]
    waiting = [f"{c.source.name}:{c.source.row}" for c in pending]
    rejected: dict[str, list[Decision]] = {}
    for decision in decisions:
        if not decision.kept and decision.stage != "split":
            # Before an instance has an id, and where two rows share one, the row's key is the subject.
            key = decision.subject if decision.stage in ("standardize", "dedup") else decision.evidence
            rejected.setdefault(_source_of(key), []).append(decision)
    per_source = {}
    for name in dict.fromkeys(name for names in _names(sources) for name in names):
        accepted = sum(_source_of(k) == name for k in kept) + sum(_source_of(k) == name for k in unused)
        held, gone = sum(_source_of(k) == name for k in waiting), rejected.get(name, [])
        per_source[name] = Counts(
            rows=accepted + held + len(gone),
            accepted=accepted,
            rejected=len(gone),
            pending=held,
            unused=sum(_source_of(k) == name for k in unused),
            reasons=reasons_of(gone),
        )
    # The sum is made from what came out; comparing it with what went in is what proves that nothing got lost.
    whole = total(per_source.values()).model_copy(update={"rows": rows_in}).checked("curation")
    return PoolCounts(sources=per_source, total=whole, parts=parts.table(), notes=tuple(parts.notes))


def _source_of(key: str) -> str:
    return key.rpartition(":")[0]
