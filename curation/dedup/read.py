"""The first pass over the files: every row validated, made canonical, hashed; its text goes to the spool."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.blockwise import blocks_of
from curation.dedup.bands import Bands, Marks, Plan, Signatures, empty_signatures, signatures
from curation.dedup.features import FREE, features_of
from curation.dedup.grams import I64, U64, gram_hashes
from curation.dedup.settings import DedupSettings
from curation.dedup.spool import packed
from curation.dedup.table import I32, Flags, Table, first_of_same
from curation.workers import in_order
from schemas.instance import Instance
from schemas.jsonl import Block, models_in
from schemas.progress import Progress, Tick


@dataclass
class Texts:
    """What is needed to compare rows, besides their texts on the spool. All arrays: (rows)."""

    path: Path
    start: I64
    size: I32
    prompt: I32
    free: Flags
    meant: U64
    options: U64
    signatures: Signatures


@dataclass
class Found:
    """What was found in one block, or in all of them. Abilities and sources are numbered within it."""

    keys: U64
    gold: U64
    meant: U64
    options: U64
    length: I32
    prompt: I32
    packed: I32
    synthetic: Flags
    free: Flags
    ability: I32
    source: I32
    start: I64
    size: I32
    bands: Bands
    marks: Marks


@dataclass
class Piece:
    found: Found
    abilities: list[str]
    sources: list[str]
    spool: bytes
    path: Path


@dataclass(frozen=True)
class Reader:
    """The work on one block of instances; travels to worker processes.

    Args:
        plan: None to leave signatures out.
    """

    settings: DedupSettings
    plan: Plan | None

    def __call__(self, block: Block) -> Piece:
        keys: list[bytes] = []
        columns: list[tuple[int, ...]] = []
        texts: list[str] = []
        spool: list[bytes] = []
        abilities: dict[str, int] = {}
        sources: dict[str, int] = {}
        for number, line, row in models_in(block, Instance):
            features = features_of(row, self.settings)
            record = packed(features.text, features.question)
            keys.append(features.key)
            texts.append(features.text)
            spool.append(record)
            columns.append(
                (
                    features.gold,
                    features.meant,
                    features.options,
                    len(features.text),
                    features.prompt,
                    len(record),
                    row.origin == "synthetic",
                    row.form in FREE,
                    abilities.setdefault(row.ability, len(abilities)),
                    sources.setdefault(row.source.name, len(sources)),
                    number - block.first,
                    len(line),
                )
            )
        of = list(zip(*columns, strict=True)) if columns else [()] * 12
        signed = self._signed(texts, [row[8] for row in columns], list(abilities))
        found = Found(
            keys=np.frombuffer(b"".join(keys), np.uint64).reshape(-1, 2),
            gold=np.array(of[0], np.uint64),
            meant=np.array(of[1], np.uint64),
            options=np.array(of[2], np.uint64),
            length=np.array(of[3], np.int32),
            prompt=np.array(of[4], np.int32),
            packed=np.array(of[5], np.int32),
            synthetic=np.array(of[6], np.bool_),
            free=np.array(of[7], np.bool_),
            ability=np.array(of[8], np.int32),
            source=np.array(of[9], np.int32),
            start=_line_starts(block)[np.array(of[10], np.int64)],
            size=np.array(of[11], np.int32),
            bands=signed.bands,
            marks=signed.marks,
        )
        return Piece(found, list(abilities), list(sources), b"".join(spool), block.path)

    def _signed(self, texts: Sequence[str], ability: Sequence[int], names: Sequence[str]) -> Signatures:
        if self.plan is None or not texts:
            return empty_signatures(len(texts), self.plan)
        signed = signatures(gram_hashes(texts, self.settings.gram), self.plan)
        if not self.settings.across:
            digests = [hashlib.blake2b(name.encode(), digest_size=4).digest() for name in names]
            salts = np.array([int.from_bytes(digest, "little") for digest in digests], np.uint32)
            signed.bands ^= salts[np.array(ability)][:, None]
        return signed


def read_rows(
    files: Sequence[Path],
    settings: DedupSettings,
    plan: Plan | None,
    spool: Path,
    workers: int | None,
    progress: Progress,
) -> tuple[Table, Texts]:
    """Every row of the files as columns, and its text in `spool`.

    Raises:
        MissingFile, BadData: a file, or a line of it, that holds no instance.
    """
    digests = [hashlib.sha256() for _ in files]
    places: list[Found] = []
    file_of: list[NDArray[np.int32]] = []
    abilities: dict[str, int] = {}
    sources: dict[str, int] = {}
    rows = 0
    with spool.open("wb") as to:
        for number, piece in _pieces(files, Reader(settings, plan), digests, workers):
            found = piece.found
            to.write(piece.spool)
            found.ability = _renumbered(found.ability, piece.abilities, abilities)
            found.source = _renumbered(found.source, piece.sources, sources)
            places.append(found)
            file_of.append(np.full(len(found.size), number, np.int32))
            rows += len(found.size)
            progress(Tick("dedup: reading", rows))
    progress(Tick("dedup: reading", rows, rows))
    whole = _joined(places, plan)
    table = Table(
        exact=first_of_same(whole.keys),
        gold=whole.gold,
        length=whole.length,
        synthetic=whole.synthetic,
        ability=whole.ability,
        source=whole.source,
        file=np.concatenate(file_of) if file_of else np.empty(0, np.int32),
        start=whole.start,
        size=whole.size,
        abilities=list(abilities),
        sources=list(sources),
        files=list(files),
        digests=[digest.hexdigest() for digest in digests],
    )
    ends = np.cumsum(whole.packed, dtype=np.int64)
    texts = Texts(
        path=spool,
        start=ends - whole.packed,
        size=whole.packed,
        prompt=whole.prompt,
        free=whole.free,
        meant=whole.meant,
        options=whole.options,
        signatures=Signatures(whole.bands, whole.marks),
    )
    return table, texts


def _pieces(
    files: Sequence[Path], reader: Reader, digests: Sequence[Any], workers: int | None
) -> Iterator[tuple[int, Piece]]:
    """(number of the file, what was found in a block), in order; the blocks' bytes go into the digests on the way."""
    numbers: list[int] = []

    def noted() -> Iterator[Block]:
        for number, path in enumerate(files):
            for block in blocks_of([path]):
                digests[number].update(block.data)
                numbers.append(number)
                yield block

    for place, piece in enumerate(in_order(reader, noted(), workers)):
        yield numbers[place], piece


def _renumbered(column: I32, names: Sequence[str], known: dict[str, int]) -> I32:
    return (
        np.array([known.setdefault(name, len(known)) for name in names], np.int32)[column]
        if names
        else column
    )


def _joined(places: Iterable[Found], plan: Plan | None) -> Found:
    """All blocks as one; each column of the blocks is let go of as soon as it is joined."""
    blocks = list(places)
    if not blocks:
        blocks = [Reader(DedupSettings(), plan)(Block(Path(), 1, b"")).found]
    columns: dict[str, Any] = {}
    for column in fields(Found):
        columns[column.name] = np.concatenate([getattr(block, column.name) for block in blocks])
        for block in blocks:
            setattr(block, column.name, None)
    return Found(**columns)


def _line_starts(block: Block) -> I64:
    ends = np.flatnonzero(np.frombuffer(block.data, np.uint8) == ord("\n"))
    return block.start + np.concatenate(([0], ends + 1)).astype(np.int64)
