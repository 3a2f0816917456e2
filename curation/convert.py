"""Raw files to files of instances: streamed, over several processes where a file is large, with the sum checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from curation.blockwise import Made, lines_of, write_pieces
from curation.check import failures, settings_of
from curation.counts import Counts
from curation.formats import find_format, format_rule
from curation.formats.base import Format, Raw, Tally, Target
from curation.formats.mapped.reader import Mapped
from curation.formats.reading import Records, require_source
from curation.rules import Rule, rules_from
from curation.standardize import outcome_of, pattern_of, source_names
from curation.step import begin_step, finish_step
from schemas.ability import Ability, doit_abilities, find_ability
from schemas.instance import UNLABELLED, Candidate, Instance
from schemas.jsonl import Block, line_blocks
from schemas.progress import Progress, silent
from schemas.study import SourceSpec

FILES = ("instances.jsonl", "pending.jsonl", "decisions.jsonl")
_BATCH = 500


def standardize_to(
    out: Path,
    source: SourceSpec,
    abilities: Mapping[str, Ability] | None = None,
    progress: Progress = silent,
    *,
    check: Mapping[str, Any] | None = None,
    workers: int | None = 1,
) -> Counts:
    """Write `instances.jsonl`, `pending.jsonl`, `decisions.jsonl` and last `step.json` into `out`.

    Memory does not grow with the files: JSON lines go to the workers as blocks of bytes, every other container is
    read here, a batch of rows at a time.

    Args:
        source: its `files` are paths.
        abilities: the known abilities; DoIT's ten if missing.
        check: settings of rules (see `curation.rules.rules_from`) that instances have to pass as well; no rule if
            missing, all of them with their defaults if empty.
        workers: as for `curation.workers.in_order`.

    Raises:
        As `standardize`, BadSpec for settings of rules, and Failed if rows got lost; a file appears whole or not at
        all.
    """
    known = abilities or doit_abilities()
    find_format(source.format, source.options)
    if source.ability != UNLABELLED:
        find_ability(source.ability, known)
    pattern_of(source.options.get("match"))
    rules = None if check is None else rules_from(check)
    files = [Path(file) for file in source.files]
    for path in files:
        require_source(path)
    begin_step(out, "standardize", files, FILES)
    converter = Converter(source.format, dict(source.options), rules or {})
    counts = write_pieces(
        out,
        FILES,
        converter,
        _pieces(source, known),
        label="standardize",
        workers=workers,
        progress=progress,
    )
    settings = source.model_dump(mode="json", exclude={"files"})
    reader = _reader(source.format)
    if isinstance(reader, Mapped):
        settings["mapping"] = reader.spec.model_dump(mode="json", exclude_defaults=True)
    if rules is not None:
        settings["check"] = settings_of(rules)
    finish_step(out, "standardize", settings, files, counts)
    return counts


@dataclass(frozen=True, slots=True)
class Lines:
    """JSON lines that nobody has parsed yet, and what their rows are to become."""

    target: Target
    block: Block


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of another container; `rows` is what the reader counted for them."""

    target: Target
    raws: tuple[Raw, ...]
    rows: int


@dataclass(frozen=True)
class Converter:
    """The work on one piece; travels to worker processes."""

    format: str
    options: Mapping[str, str]
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def __call__(self, piece: Lines | Batch) -> Made:
        reader, target = _reader(self.format), piece.target
        match, name = pattern_of(self.options.get("match")), format_rule(self.format)
        tally = Tally()
        if isinstance(piece, Lines):
            assert isinstance(reader, Records)
            raws: Iterable[Raw] = reader.block(piece.block.data, piece.block.first, tally)
        else:
            raws = piece.raws
        accepted, pending, rejected = list[bytes](), list[bytes](), list[bytes]()
        made, checks = Made({}), list(self.rules.values())
        for raw in raws:
            outcome = outcome_of(raw, reader, name, target, match)
            if isinstance(outcome, Instance):
                for rule in checks:
                    if rule(outcome) is not True:
                        failed = list(failures(outcome, self.rules))
                        made.reject(failed[0])
                        rejected += [decision.line() for decision in failed]
                        break
                else:
                    accepted.append(outcome.line())
            elif isinstance(outcome, Candidate):
                pending.append(outcome.line())
            else:
                made.reject(outcome)
                rejected.append(outcome.line())
        made.rows = tally.rows if isinstance(piece, Lines) else piece.rows
        made.accepted, made.pending = len(accepted), len(pending)
        made.files = dict(zip(FILES, map(lines_of, (accepted, pending, rejected)), strict=True))
        return made


@lru_cache(maxsize=8)
def _reader(format: str) -> Format:
    return find_format(format)


def _pieces(source: SourceSpec, known: Mapping[str, Ability]) -> Iterator[Lines | Batch]:
    files = [Path(file) for file in source.files]
    reader = _reader(source.format)
    for path, name in zip(files, source_names(files), strict=True):
        target = Target(name, source.ability, source.origin, source.licence, source.options, known)
        if source.limit is None and isinstance(reader, Records) and reader.in_blocks(path, source.options):
            for block in line_blocks(path):
                yield Lines(target, block)
        else:
            yield from _batches(path, target, source)


def _batches(path: Path, target: Target, source: SourceSpec) -> Iterator[Batch]:
    tally, told = Tally(), 0
    raws = islice(_reader(source.format).read(path, source.options, tally), source.limit)
    while True:
        batch = tuple(islice(raws, _BATCH))
        # A reader may have come by more rows than it has yielded, and than were asked for.
        rows = tally.rows if source.limit is None else min(tally.rows, source.limit)
        if batch or rows > told:
            yield Batch(target, batch, rows - told)
        told = rows
        if not batch:
            return
