"""The whole way from raw sources to a pool: standardize, check, dedup, split, decontaminate, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from curation.check import check
from curation.counts import Counts, total
from curation.decontaminate import decontaminate
from curation.dedup import dedup
from curation.parts import Parts, divide
from curation.rules import rules_from
from curation.standardize import reasons_of, source_names, standardize_source
from schemas.ability import Ability, doit_abilities, load_abilities
from schemas.errors import MissingFile
from schemas.instance import Candidate, Decision, Frozen, Instance, Origin
from schemas.jsonl import read_models, write_atomic, write_jsonl
from schemas.progress import Progress, Tick, silent
from schemas.study import SourceSpec, StudySpec


class PoolCounts(Frozen):
    """What a pool holds and what became of every raw row.

    Args:
        sources: source name -> counts.
        total: their sum.
        parts: part -> ability -> instances.
        notes: what a reader should know, such as parts smaller than asked for.
    """

    sources: dict[str, Counts]
    total: Counts
    parts: dict[str, dict[str, int]]
    notes: tuple[str, ...] = ()


class Pool:
    """A finished pool on the disk; rows are read when asked for.

    Args:
        path: the folder that `curate` wrote.
        report: what the pool holds and what became of every raw row.
    """

    def __init__(self, path: Path, report: PoolCounts) -> None:
        self.path, self.report = path, report
        self._read: dict[str, list[Instance]] = {}

    @classmethod
    def read(cls, path: Path) -> Pool:
        """The pool in a folder. Raises MissingFile if there is none, or an unfinished one."""
        counts = path / "counts.json"
        if not counts.exists():
            raise MissingFile("there is no finished pool here", where=str(path), do="run the curation first")
        return cls(path, PoolCounts.model_validate_json(counts.read_text(encoding="utf-8")))

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """part -> ability -> instances."""
        return self.report.parts

    @property
    def abilities(self) -> tuple[str, ...]:
        """The abilities that have test items, in the order of their sources."""
        return tuple(self.report.parts.get("test", {}))

    @property
    def parts(self) -> dict[str, Path]:
        """part -> its JSON lines."""
        return {part: self.path / "pool" / f"{part}.jsonl" for part in self.report.parts}

    @property
    def notes(self) -> tuple[str, ...]:
        return self.report.notes

    def summary(self) -> str:
        """rows in = accepted + rejected + pending, in words."""
        return self.report.total.line()

    def rows(self, part: str, ability: str | None = None, origin: Origin | None = None) -> list[Instance]:
        """Instances of one part, of one ability and origin or all. KeyError for a part that the pool does not have."""
        if part not in self._read:
            self._read[part] = list(read_models(self.parts[part], Instance))
        return [
            row for row in self._read[part] if origin in (None, row.origin) and ability in (None, row.ability)
        ]


def curate(
    spec: StudySpec,
    sources: Sequence[SourceSpec],
    out: Path,
    progress: Progress = silent,
    abilities: Mapping[str, Ability] | None = None,
) -> Pool:
    """Make the pool of a study and write `pool/<part>.jsonl`, `pending.jsonl`, `decisions.jsonl`, `counts.json`.

    `counts.json` comes last: a folder that has it is a finished pool. Parts are filled in the order test,
    validation, teacher, prompts, train; whatever training parts draw from is decontaminated against test and
    validation first, so that a part has the size it asked for. Synthetic rows are a part of their own, `synthetic`;
    unlabelled human ones only go to train.

    Args:
        spec: `splits`, `check`, `max_characters`, `grid.cap`, `grid.n` and `abilities` are read.
        sources: their `files` are paths of files that exist.
        out: the folder.
        progress: told about every thousand rows.
        abilities: the known abilities; those of `spec.abilities` if missing, DoIT's ten without one.

    Raises:
        MissingFile, BadSpec, BadData: as `standardize`.
        PoolTooSmall, EmptySplit: as `split`; with `grid.cap = "available"` only for an ability with nothing left.
    """
    if abilities is None:
        abilities = load_abilities(spec.abilities) if spec.abilities else doit_abilities()
    rules = rules_from({**spec.check, "length": _length(spec)})
    rows_in: Counter[str] = Counter()
    instances, pending, decisions = _standardized(sources, abilities, rows_in, progress)
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
    return Pool(out, counts)


def _standardized(
    sources: Sequence[SourceSpec],
    abilities: Mapping[str, Ability],
    seen: Counter[str],
    progress: Progress,
) -> tuple[list[Instance], list[Candidate], list[Decision]]:
    instances: list[Instance] = []
    pending: list[Candidate] = []
    decisions: list[Decision] = []
    for source, names in zip(sources, _names(sources), strict=True):
        for outcome in standardize_source(source, abilities, names, progress, seen):
            if isinstance(outcome, Instance):
                instances.append(outcome)
            elif isinstance(outcome, Candidate):
                pending.append(outcome)
            else:
                decisions.append(outcome)
    return instances, pending, decisions


def _names(sources: Sequence[SourceSpec]) -> list[list[str]]:
    """Source names, distinct over all files of the study."""
    flat = iter(source_names([Path(file) for source in sources for file in source.files]))
    return [[next(flat) for _ in source.files] for source in sources]


def _borrowing(sources: Sequence[SourceSpec]) -> set[str]:
    return {
        name
        for source, names in zip(sources, _names(sources), strict=True)
        for name in names
        if source.options.get("distractors") == "borrow"
    }


def _length(spec: StudySpec) -> object:
    """The rule's own settings with the study's limit under them; false stays false."""
    value = spec.check.get("length", {})
    return {"maximum": spec.max_characters, **value} if isinstance(value, dict) else value


def _counts(
    parts: Parts,
    pending: Sequence[Candidate],
    decisions: Sequence[Decision],
    rows_in: Counter[str],
    sources: Sequence[SourceSpec],
) -> PoolCounts:
    unused = Counter(row.source.name for row in parts.unused)
    accepted = Counter(row.source.name for rows in parts.rows.values() for row in rows) + unused
    waiting = Counter(candidate.source.name for candidate in pending)
    rejected: dict[str, list[Decision]] = {}
    for decision in decisions:
        if not decision.kept and decision.stage != "split":
            # Before an instance has an id, and where two rows share one, the row's key is the subject.
            key = decision.subject if decision.stage in ("standardize", "dedup") else decision.evidence
            rejected.setdefault(key.rpartition(":")[0], []).append(decision)
    per_source = {}
    for name in dict.fromkeys(name for names in _names(sources) for name in names):
        gone = rejected.get(name, [])
        # The readers counted the rows as they cut them out of the files; only so does the sum prove that none got
        # lost on the way.
        per_source[name] = Counts(
            rows=rows_in[name],
            accepted=accepted[name],
            rejected=len(gone),
            pending=waiting[name],
            unused=unused[name],
            reasons=reasons_of(gone),
        ).checked(name)
    whole = total(per_source.values())
    return PoolCounts(sources=per_source, total=whole, parts=parts.table(), notes=tuple(parts.notes))
