"""Evaluation items as decontamination sees them: a passage, a question and options, whatever file they came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from curation.formats import find_format
from curation.formats.base import Raw, Rejected, Tally, Target
from curation.formats.reading import require_source
from curation.standardize import source_names
from schemas.ability import Ability, doit_abilities
from schemas.errors import BadData
from schemas.forms.base import lettered
from schemas.instance import UNLABELLED, Candidate, Instance
from schemas.jsonl import line_blocks, models_in
from schemas.study import SourceSpec
from schemas.terminal import one_line

PASSAGE = 40


@dataclass(frozen=True, slots=True)
class Item:
    """One evaluation item.

    Args:
        id: of the instance; empty for a row that became none.
        row: `source:row`.
        source: name of the evaluation source.
        passage: what stands before the question; empty if nothing long does.
        question: what is asked.
        options: option texts without letters.
        group: items of one group count once when grams are weighed as boilerplate.
    """

    id: str
    row: str
    source: str
    passage: str
    question: str
    options: tuple[str, ...] = ()
    group: str = ""

    @property
    def stem(self) -> str:
        """The passage and the question, without the options."""
        return f"{self.passage}\n{self.question}" if self.passage else self.question


@dataclass
class Evaluation:
    """The items to look for, and what became of the evaluation rows.

    Args:
        items: in the order of the files.
        rows: evaluation source -> rows it holds.
        rejected: evaluation source -> rows that its reader rejects. They are items by their raw text, or, if they
            have none, no items: `lost`.
        pending: evaluation source -> rows without a gold answer, which are items all the same.
        lost: evaluation source -> rows that cannot be looked for.
    """

    items: list[Item] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    pending: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, row: Instance | Candidate) -> None:
        self.rows[row.source.name] += 1
        self.pending[row.source.name] += isinstance(row, Candidate)
        self.items.append(item_of(row))


def item_of(row: Instance | Candidate) -> Item:
    """An instance as an item."""
    passage, question = _divide(stem_of(row))
    key = f"{row.source.name}:{row.source.row}"
    return Item(row.id, key, row.source.name, passage, question, row.choices, row.source.group)


def stem_of(row: Instance | Candidate) -> str:
    """All that the model is shown, without the options where they stand at its end as the form renders them."""
    whole = "\n".join(m.content for m in row.prompt)
    if row.choices:
        for tail in ("\n".join(lettered(row.choices)), "\n".join(row.choices)):
            if whole.endswith(tail):
                return whole[: -len(tail)].rstrip()
    return whole


def _divide(stem: str) -> tuple[str, str]:
    """(passage, question): the question is the last line, or else the last sentence, after a long enough text."""
    before, _, last = stem.rpartition("\n")
    if len(before) >= PASSAGE and last.strip():
        return before, last
    end = max(stem.rfind(mark, 0, len(stem.rstrip()) - 1) for mark in "。！？") + 1
    if end >= PASSAGE and stem[end:].strip():
        return stem[:end], stem[end:]
    return "", stem


def read_instances(files: Sequence[Path], into: Evaluation) -> None:
    """Add the rows of files of instances, or of candidates.

    Raises:
        MissingFile, BadData: as `schemas.jsonl.read_models`.
    """
    for path in files:
        for block in line_blocks(path):
            try:
                rows: list[Instance | Candidate] = [row for _, _, row in models_in(block, Instance)]
            except BadData as error:
                try:
                    rows = [row for _, _, row in models_in(block, Candidate)]
                except BadData:
                    raise BadData(
                        error.what,
                        where=error.where,
                        do="mend the line, or name the file's own format with --against-format",
                    ) from None
            for row in rows:
                into.add(row)


def read_raw(source: SourceSpec, into: Evaluation, abilities: Mapping[str, Ability] | None = None) -> None:
    """Add the rows of raw evaluation files, read by their format.

    A row that the reader rejects (two right letters, an option missing) is still an item of that evaluation set: it
    is looked for by all the text it has.

    Raises:
        MissingFile: a file is not there. BadSpec, BadData: as `curation.standardize.standardize`.
    """
    reader = find_format(source.format, source.options)
    files = [Path(file) for file in source.files]
    for path, name in zip(files, source_names(files), strict=True):
        require_source(path)
        reason = ""
        target = Target(name, UNLABELLED, "human", "", source.options, abilities or doit_abilities())
        for raw in islice(reader.read(path, source.options, Tally()), source.limit):
            try:
                if raw.problem:
                    raise Rejected(raw.problem)
                into.add(reader.convert(raw, target))
            except Rejected as error:
                reason = str(error)
                _add_text(raw, name, into)
        if into.rows[name] and into.rejected[name] == into.rows[name]:
            raise BadData(
                f"not one row is {one_line(source.format, 60)} ({reason})",
                where=str(path),
                do="name its own format",
            )


def _add_text(raw: Raw, source: str, into: Evaluation) -> None:
    into.rows[source] += 1
    into.rejected[source] += 1
    passage, question = _divide("\n".join(_texts(raw.value)).replace("\0", ""))
    if question.strip():
        into.items.append(Item("", f"{source}:{raw.key}", source, passage, question))
    else:
        into.lost[source] += 1


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, in its order, of two characters or more: shorter ones are labels."""
    if isinstance(value, str):
        if len(value) > 1:
            yield value.encode("utf-8", "replace").decode("utf-8")
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
