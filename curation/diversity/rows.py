"""The pool as arrays: for every row a few numbers and where its line stands, so that a million rows fit in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from curation.canonical import row_key
from curation.diversity.personas import persona, speaker, system_prompt, without_speaker
from curation.diversity.settings import By, Settings
from curation.diversity.views import channel_text, masked, opener
from curation.workers import in_order
from schemas.canonical import unit_hash
from schemas.errors import BadData
from schemas.instance import Instance
from schemas.jsonl import Block, line_blocks, models_in
from schemas.progress import Progress, Tick, silent

Ints = NDArray[np.int64]
# Wordings by which rows are counted; each is kept as a hash, 0 for a row that has none.
KEYS = ("opener_instruction", "opener_response", "persona", "system", "answer")


@dataclass(frozen=True)
class Rows:
    """Arrays of one entry a row, in the order of the files.

    Args:
        parts: names of the parts; `part` points into them.
        files: the files that were read; `file`, `start` and `length` say where a row's line stands.
        order: place in the order in which rows are kept: human before synthetic, then as nested subsets are drawn.
        sampled: place in the order in which rows are looked at, independent of it.
        labels: names of forms, origins and sources, to which `form`, `origin` and `source` point.
        characters: length of the last user message and of the response.
        keys: for each of `KEYS` a 64-bit hash of the wording, 0 for none.
    """

    parts: tuple[str, ...]
    files: tuple[Path, ...]
    part: Ints
    file: Ints
    start: Ints
    length: Ints
    order: Ints
    sampled: Ints
    labels: tuple[str, ...]
    form: Ints
    origin: Ints
    source: Ints
    characters: dict[str, Ints]
    keys: dict[str, NDArray[np.uint64]]

    def __len__(self) -> int:
        return len(self.part)

    def read(self, places: Iterable[int]) -> Iterator[Instance]:
        """The instances at some places, from the disk."""
        open_files: dict[int, BinaryIO] = {}
        try:
            for place in places:
                number = int(self.file[place])
                if number not in open_files:
                    open_files[number] = self.files[number].open("rb")
                file = open_files[number]
                file.seek(int(self.start[place]))
                yield from _one(file.read(int(self.length[place])), self.files[number])
        finally:
            for file in open_files.values():
                file.close()


@dataclass(frozen=True)
class _Piece:
    """What one block came to: a table of names, and columns that point into it."""

    names: tuple[str, ...]
    columns: NDArray[np.int64]
    nested: NDArray[np.float64]
    hashes: NDArray[np.uint64]


@dataclass(frozen=True)
class Scan:
    """Work for one block, as `in_order` sends it to a process."""

    settings: Settings

    def __call__(self, block: Block) -> _Piece:
        names: dict[str, int] = {}
        columns, nested, hashes = [], [], []
        place = block.start
        starts = _line_starts(block)
        for number, line, row in models_in(block, Instance):
            place = starts[number - block.first]
            part = part_of(row, self.settings.by)
            values = [part, row.form, row.origin, row.source.name]
            columns.append(
                [
                    *(names.setdefault(value, len(names)) for value in values),
                    place,
                    len(line),
                    len(row.instruction),
                    len(row.response),
                ]
            )
            nested.append(unit_hash(0, row.id))
            answer = row.answer if row.form in ("choice", "several_choice", "true_false") else ""
            words = (*(wording(row, key, self.settings) for key in KEYS[:-1]), answer)
            hashes.append(
                (
                    _hash(f"{self.settings.seed} {row.id} {row_key(row)}"),
                    *(_hash(w) if w else 0 for w in words),
                )
            )
        return _Piece(
            tuple(names),
            np.array(columns, dtype=np.int64).reshape(-1, 8),
            np.array(nested, dtype=np.float64),
            np.array(hashes, dtype=np.uint64).reshape(-1, 1 + len(KEYS)),
        )


def wording(row: Instance, key: str, settings: Settings) -> str:
    """The wording of a row that stands behind one of `KEYS`, as it is shown."""
    if key == "persona":
        return persona(row)
    if key == "system":
        return masked(said) if (said := system_prompt(row)) else ""
    if key == "answer":
        return row.answer
    text = channel_text(row, "instruction" if key == "opener_instruction" else "response")
    # Who speaks is the persona's matter.
    return opener(without_speaker(text[:400]) if speaker(row) else text, settings.opener)


def part_of(row: Instance, by: By) -> str:
    """The part that a row counts in: its ability, with origin or source where these are told apart."""
    if by == "origin":
        return f"{row.ability}/{row.origin}"
    return f"{row.ability}/{row.source.name}" if by == "source" else row.ability


def scan(
    files: Sequence[Path], settings: Settings, workers: int | None = None, progress: Progress = silent
) -> Rows:
    """Read all files once. Raises as `schemas.jsonl.models_in`."""
    names: dict[str, int] = {}
    pieces: list[tuple[int, _Piece]] = []
    owners: list[int] = []
    done = 0
    for piece in in_order(Scan(settings), _blocks(files, owners), workers):
        table = np.array([names.setdefault(name, len(names)) for name in piece.names], dtype=np.int64)
        if len(table):
            piece.columns[:, :4] = table[piece.columns[:, :4]]
        pieces.append((owners[len(pieces)], piece))
        done += len(piece.nested)
        progress(Tick("read", done))
    progress(Tick("read", done, done))
    columns = np.concatenate([p.columns for _, p in pieces]) if pieces else np.zeros((0, 8), np.int64)
    hashes = (
        np.concatenate([p.hashes for _, p in pieces]) if pieces else np.zeros((0, 1 + len(KEYS)), np.uint64)
    )
    nested = np.concatenate([p.nested for _, p in pieces]) if pieces else np.zeros(0)
    file = np.concatenate([np.full(len(p.nested), f, np.int64) for f, p in pieces] or [np.zeros(0, np.int64)])
    labels = list(names)
    part_names = sorted({labels[i] for i in np.unique(columns[:, 0])})
    to_part = np.zeros(len(labels), np.int64)
    for number, name in enumerate(part_names):
        to_part[names[name]] = number
    synthetic = columns[:, 2] == names.get("synthetic", -1)
    # What agrees in all of these is the same row twice, of which either may stay.
    order = np.lexsort((hashes[:, 0], nested, synthetic))
    drawn = np.lexsort((nested, hashes[:, 0]))
    return Rows(
        tuple(part_names),
        tuple(files),
        to_part[columns[:, 0]] if len(labels) else columns[:, 0],
        file,
        columns[:, 4].copy(),
        columns[:, 5].copy(),
        _ranks(order),
        _ranks(drawn),
        tuple(labels),
        columns[:, 1].copy(),
        columns[:, 2].copy(),
        columns[:, 3].copy(),
        {"instruction": columns[:, 6].copy(), "response": columns[:, 7].copy()},
        {key: hashes[:, n].copy() for n, key in enumerate(KEYS, 1)},
    )


def shares(values: Ints, labels: Sequence[str]) -> dict[str, int]:
    """label -> rows, the commonest first, then by name."""
    counted = Counter(
        {labels[int(v)]: int(c) for v, c in zip(*np.unique(values, return_counts=True), strict=True)}
    )
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _blocks(files: Sequence[Path], owners: list[int]) -> Iterator[Block]:
    for number, path in enumerate(files):
        for block in line_blocks(path):
            owners.append(number)
            yield block


def _line_starts(block: Block) -> list[int]:
    starts, place = [block.start], -1
    while (place := block.data.find(b"\n", place + 1)) >= 0:
        starts.append(block.start + place + 1)
    return starts


def _one(line: bytes, path: Path) -> Iterator[Instance]:
    found = [row for _, _, row in models_in(Block(path, 1, line), Instance)]
    if len(found) != 1:
        raise BadData("the file changed while it was read", where=str(path), do="run the command again")
    yield found[0]


def _ranks(order: Ints) -> Ints:
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8"), digest_size=8).digest(), "big") or 1
