"""What a split has to know of every row, in a few dozen bytes: read once, by several processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from curation.blockwise import blocks_of
from curation.canonical import canonical_text, prompt_text
from curation.decontaminate.items import item_of
from curation.workers import in_order
from schemas.canonical import unit_hash
from schemas.errors import BadData
from schemas.instance import Instance
from schemas.jsonl import Block, models_in
from schemas.progress import Progress, Tick, silent

U64 = NDArray[np.uint64]
# Why two rows belong together. The first three are the data's own word; the other two are guesses from wording.
LINKS = ("group", "prompt", "parent", "cluster", "passage", "near")
SOFT = (LINKS.index("passage"), LINKS.index("near"))


@dataclass
class Records:
    """The rows of some files, one place each, in input order.

    Args:
        ids: first 64 bits of each id, which is a sha256.
        ranks: places in the order that fills parts, in [0, 1): by `unit_hash` of ability and group, or id.
        draws: places in the nested order of `curation.split.nested`, in [0, 1).
        ability, stratum, file: numbers into `abilities`, `strata` and the files. A stratum is a source and a form.
        synthetic: whether the origin is synthetic.
        offsets: of the line in its file.
        numbers: of the line, from 1.
        link_rows, link_keys, link_kinds: rows that share a key belong together; `link_kinds` are places in `LINKS`.
        texts: canonical prompts, if they were asked for.
    """

    ids: U64
    ranks: NDArray[np.float64]
    draws: NDArray[np.float64]
    ability: NDArray[np.int32]
    stratum: NDArray[np.int32]
    file: NDArray[np.int32]
    synthetic: NDArray[np.bool_]
    offsets: NDArray[np.int64]
    numbers: NDArray[np.int64]
    link_rows: NDArray[np.int64]
    link_keys: U64
    link_kinds: NDArray[np.int8]
    abilities: list[str]
    strata: list[str]
    texts: list[str]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass
class _Read:
    """The records of one block; names instead of numbers where numbers need the whole."""

    path: Path
    ids: U64
    ranks: NDArray[np.float64]
    draws: NDArray[np.float64]
    abilities: list[str]
    strata: list[str]
    synthetic: NDArray[np.bool_]
    offsets: NDArray[np.int64]
    numbers: NDArray[np.int64]
    link_rows: NDArray[np.int64]
    link_keys: U64
    link_kinds: NDArray[np.int8]
    texts: list[str]


def read_records(
    files: Sequence[Path],
    seed: int = 0,
    *,
    passages: bool = True,
    texts: bool = False,
    workers: int | None = 1,
    progress: Progress = silent,
) -> Records:
    """Read files of instances. Memory: about 120 bytes a row, and its prompt if `texts` are asked for.

    Args:
        seed: of the orders.
        passages: link rows that stand over the same passage as well (see `curation.decontaminate.items`).
        texts: keep the prompts, for near-duplicates.
        workers: as for `curation.workers.in_order`.

    Raises:
        MissingFile, BadData: a file, or a line of it, that holds no instance.
    """
    found: list[_Read] = []
    count = 0
    for read in in_order(
        partial(_read, seed=seed, passages=passages, texts=texts), blocks_of(files), workers
    ):
        found.append(read)
        count += len(read.ids)
        if len(found) > 1:  # one block is read before anybody has looked
            progress(Tick("split: reading", count))
    if len(found) > 1:
        progress(Tick("split: reading", count, count))
    numbers = {path: number for number, path in enumerate(files)}
    starts = np.cumsum([0, *(len(read.ids) for read in found)])
    ability, abilities = _numbered((name for read in found for name in read.abilities), count)
    stratum, strata = _numbered((name for read in found for name in read.strata), count)

    def joined(name: str, kind: type) -> NDArray:  # type: ignore[type-arg]
        return np.concatenate([np.empty(0, kind), *(getattr(read, name) for read in found)]).astype(kind)

    return Records(
        ids=joined("ids", np.uint64),
        ranks=joined("ranks", np.float64),
        draws=joined("draws", np.float64),
        ability=ability,
        stratum=stratum,
        file=np.repeat(
            np.array([numbers[read.path] for read in found], np.int32), [len(read.ids) for read in found]
        ),
        synthetic=joined("synthetic", np.bool_),
        offsets=joined("offsets", np.int64),
        numbers=joined("numbers", np.int64),
        link_rows=np.concatenate(
            [
                np.empty(0, np.int64),
                *(read.link_rows + start for read, start in zip(found, starts, strict=False)),
            ]
        ),
        link_keys=joined("link_keys", np.uint64),
        link_kinds=joined("link_kinds", np.int8),
        abilities=abilities,
        strata=strata,
        texts=[text for read in found for text in read.texts],
    )


def _numbered(names: Iterator[str], count: int) -> tuple[NDArray[np.int32], list[str]]:
    """Numbers of names in the order of the names, not of the rows: nothing may depend on which row comes first."""
    seen: dict[str, int] = {}
    numbers = np.fromiter((seen.setdefault(name, len(seen)) for name in names), np.int32, count)
    ordered = sorted(seen)
    places = {name: place for place, name in enumerate(ordered)}
    return np.array([places[name] for name in seen], np.int32)[numbers] if seen else numbers, ordered


def read_clusters(path: Path) -> tuple[U64, U64]:
    """(ids, cluster keys) of the members in a `clusters.jsonl` of `curation dedup`.

    Raises:
        MissingFile: no such file. BadData: a line that is no cluster.
    """
    from schemas.jsonl import read_jsonl

    ids: list[int] = []
    keys: list[int] = []
    for number, row in read_jsonl(path):
        try:
            members = [str(member["id"]) for member in row["members"]]
            ids += [int(member[:16], 16) for member in members]
        except (KeyError, TypeError, ValueError):
            raise BadData(
                "not a cluster with members that have ids",
                where=f"{path}:{number}",
                do="name the clusters.jsonl of a dedup step",
            ) from None
        keys += [key_of("cluster", str(number))] * len(members)
    return np.array(ids, np.uint64), np.array(keys, np.uint64)


def _read(block: Block, seed: int, passages: bool, texts: bool) -> _Read:
    rows: list[tuple[int, Instance]] = []
    places: list[int] = []
    for number, _, row in models_in(block, Instance):
        rows.append((number, row))
        places.append(number - block.first)
    starts = _line_starts(block)
    links = [link for at, (_, row) in enumerate(rows) for link in _links(at, row, passages)]
    instances = [row for _, row in rows]
    return _Read(
        path=block.path,
        ids=np.array([int(row.id[:16], 16) for row in instances], np.uint64),
        ranks=np.array([rank_of(row, seed) for row in instances], np.float64),
        draws=np.array([unit_hash(seed, row.id) for row in instances], np.float64),
        abilities=[row.ability for row in instances],
        strata=[f"{row.source.name}\x1f{row.form}" for row in instances],
        synthetic=np.array([row.origin == "synthetic" for row in instances], np.bool_),
        offsets=starts[places] if places else np.empty(0, np.int64),
        numbers=np.array([number for number, _ in rows], np.int64),
        link_rows=np.array([at for at, _, _ in links], np.int64),
        link_keys=np.array([key for _, key, _ in links], np.uint64),
        link_kinds=np.array([kind for _, _, kind in links], np.int8),
        texts=[prompt_text(row) for row in instances] if texts else [],
    )


def _line_starts(block: Block) -> NDArray[np.int64]:
    ends = np.flatnonzero(np.frombuffer(block.data, np.uint8) == ord("\n"))
    return block.start + np.concatenate(([0], ends + 1)).astype(np.int64)


def rank_of(row: Instance, seed: int) -> float:
    """The place of a row's group, or of a row without one, in the order that fills parts."""
    # The mark keeps a group's name from being mistaken for an id.
    group = f"group {row.source.group}" if row.source.group else row.id
    return unit_hash(seed, "split", row.ability, group)


def links_of(row: Instance, passages: bool = True) -> Iterator[tuple[str, int]]:
    """(kind of link, key): rows that share a key belong on one side.

    A row's group counts within its ability, but one made from a passage's text (`text:…`) everywhere. A row is
    linked to its parents, and through them to its siblings, whether or not the parents are among the rows.
    """
    group = row.source.group
    if group:
        yield "group", key_of("group", group if group.startswith("text:") else f"{row.ability}\x1f{group}")
    yield "prompt", key_of("prompt", prompt_text(row))
    yield "parent", key_of("id", row.id)
    for parent in row.parents:
        yield "parent", key_of("id", parent)
    if passages:
        passage = item_of(row).passage
        if passage:
            yield "passage", key_of("passage", canonical_text(passage))


def _links(at: int, row: Instance, passages: bool) -> Iterator[tuple[int, int, int]]:
    for kind, key in links_of(row, passages):
        yield at, key, LINKS.index(kind)


def key_of(kind: str, text: str) -> int:
    """64 bits that only these two words decide; among a million rows two in ten million splits collide."""
    return int.from_bytes(
        blake2b(f"{kind}\x1f{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"
    )
