"""The evaluation set in memory: which items hold a gram, and what each item is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from curation.decontaminate.fold import fold
from curation.decontaminate.hashes import Hashes, Prefixes, mix
from curation.decontaminate.items import Item
from curation.decontaminate.settings import LeakSettings

PARTS = ("passage", "question", "options")
# Where each part begins and ends among an item's bounds; the last one is the stem, passage and question together.
SPANS = ((0, 1), (1, 2), (2, 3), (0, 2))


@dataclass(frozen=True)
class Index:
    """The items' folded texts and their grams, as arrays that can lie in files and be shared by processes.

    Args:
        codes: folded texts of all items, passage, question, options, one after the other.
        bounds: (items, 4) places in `codes`: where passage, question and options begin, and the end.
        hashes: of the gram that begins at each place of `codes`; those over an item's end mean nothing.
        counted: whether the gram at a place counts: inside its item, not boilerplate, and its first time there.
        grams: distinct grams that count, ascending.
        starts: grams[i] stands in the items places[starts[i]:starts[i + 1]].
        places: items.
        common: boilerplate grams, ascending.
        sizes: (items,) distinct grams that count.
        latin: (items,) whether an item is mostly Latin letters, of which it takes more to say something.
        parts: (items, 4) the same, of those that lie wholly in a part, or in the stem.
        wholes: hash of an item's whole text.
        sets: hash of an item's passage and question with its options in whatever order.
        stems: hash of an item's passage and question; 0 if they are too short or too common to say anything.
        sieve: whether any gram with these low bits exists; a power of two long.
    """

    codes: NDArray[np.uint32]
    bounds: NDArray[np.int64]
    hashes: Hashes
    counted: NDArray[np.bool_]
    grams: Hashes
    starts: NDArray[np.int64]
    places: NDArray[np.int32]
    common: Hashes
    sizes: NDArray[np.int64]
    latin: NDArray[np.bool_]
    parts: NDArray[np.int64]
    wholes: Hashes
    sets: Hashes
    stems: Hashes
    sieve: NDArray[np.bool_]

    def text(self, item: int) -> str:
        """An item's folded text."""
        start, _, _, end = self.bounds[item]
        return self.codes[start:end].tobytes().decode("utf-32-le")

    def save(self, folder: Path) -> None:
        """One file an array."""
        for one in fields(self):
            np.save(folder / f"{one.name}.npy", getattr(self, one.name))

    @classmethod
    def load(cls, folder: Path) -> Index:
        """The arrays mapped, not copied: several processes share them."""
        return cls(**{one.name: _mapped(folder / f"{one.name}.npy") for one in fields(cls)})


def _mapped(path: Path) -> NDArray[Any]:
    found: NDArray[Any] = np.load(path)
    return np.load(path, mmap_mode="r") if found.size else found  # an empty file cannot be mapped


def build_index(items: Sequence[Item], settings: LeakSettings) -> Index:
    """Index an evaluation set. Memory: about 40 bytes a character of it."""
    n = settings.n
    texts: list[str] = []
    widths: list[int] = []
    for item in items:
        options = item.options if settings.options else ()
        texts += [item.passage, item.question, *options]
        widths.append(2 + len(options))
    folded = fold(texts)
    first = np.concatenate(([0], np.cumsum(widths))).astype(np.int64)
    where = folded.bounds
    bounds = np.stack([where[first[:-1]], where[first[:-1] + 1], where[first[:-1] + 2], where[first[1:]]], 1)
    prefixes = Prefixes(folded.codes)
    hashes = np.zeros(len(folded.codes), np.uint64)
    found = prefixes.grams(n)
    hashes[: len(found)] = found
    owner = np.repeat(np.arange(len(items), dtype=np.int64), bounds[:, 3] - bounds[:, 0])
    inside = np.zeros(len(owner), np.bool_)
    if len(owner) >= n:
        inside[: len(owner) - n + 1] = owner[: len(owner) - n + 1] == owner[n - 1 :]
    fresh = np.flatnonzero(inside)
    fresh = fresh[_first_pairs(hashes[fresh], owner[fresh])]  # the first place of each gram in each item
    wholes = prefixes.of(bounds[:, 0], bounds[:, 3])
    groups = _groups(items, wholes)
    common = _common(hashes[fresh], groups[owner[fresh]], settings.boilerplate)
    fresh = fresh[~among(hashes[fresh], common)]
    grams, starts = np.unique(hashes[fresh], return_index=True)
    counted = np.zeros(len(owner), np.bool_)
    counted[fresh] = True
    stems = prefixes.of(bounds[:, 0], bounds[:, 2])
    size = 1 << max(12, int(16 * max(1, len(grams)) - 1).bit_length())
    sieve = np.zeros(size, np.bool_)
    sieve[(grams & np.uint64(size - 1)).astype(np.int64)] = True
    sums = np.concatenate(([0], np.cumsum(counted)))
    parts = np.stack(
        [sums[np.maximum(bounds[:, b] - n + 1, bounds[:, a])] - sums[bounds[:, a]] for a, b in SPANS], 1
    )
    return Index(
        codes=folded.codes,
        bounds=bounds,
        hashes=hashes,
        counted=counted,
        grams=grams,
        starts=np.concatenate((starts, [len(fresh)])).astype(np.int64),
        places=owner[fresh].astype(np.int32),
        common=common,
        sizes=sums[bounds[:, 3]] - sums[bounds[:, 0]],
        latin=mostly_latin(folded.codes, bounds[:, 0], bounds[:, 3]),
        parts=parts,
        wholes=wholes,
        sets=option_sets(prefixes, where, first[:-1] + 2, first[1:], stems),
        stems=_telling(stems, bounds, groups, settings.whole),
        sieve=sieve,
    )


def option_sets(
    prefixes: Prefixes,
    where: NDArray[np.int64],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    stems: Hashes,
) -> Hashes:
    """A hash of each stem with its options, the same in whatever order these stand.

    Args:
        where: bounds of all texts.
        begins, ends: an item's options are the texts begins[i] to ends[i] - 1.
        stems: hash of each item's stem.
    """
    each = mix(prefixes.of(where[:-1], where[1:]))
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(each)))
    return mix(stems + (sums[ends] - sums[begins]))


def _groups(items: Sequence[Item], wholes: Hashes) -> NDArray[np.int64]:
    """A number an item: the same for items of one group, one passage, or one whole text."""
    numbers: dict[object, int] = {}
    found = []
    for item, whole in zip(items, wholes.tolist(), strict=True):
        key: object = (item.source, item.group) if item.group else item.passage or whole
        found.append(numbers.setdefault(key, len(numbers)))
    return np.array(found, np.int64)


def _common(hashes: Hashes, groups: NDArray[np.int64], most: int) -> Hashes:
    """Grams of more than `most` groups, ascending."""
    grams, counts = np.unique(hashes[_first_pairs(hashes, groups)], return_counts=True)
    return grams[counts > most]


def _first_pairs(hashes: Hashes, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each (hash, number) stands for the first time, in the order of the hashes, then of the numbers."""
    order = np.lexsort((numbers, hashes))
    one, two = hashes[order], numbers[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (one[1:] != one[:-1]) | (two[1:] != two[:-1])
    return order[new]


def among(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Whether each hash is among the known ones, which ascend."""
    if not len(known):
        return np.zeros(len(hashes), np.bool_)
    at = np.searchsorted(known, hashes)
    found: NDArray[np.bool_] = known[np.minimum(at, len(known) - 1)] == hashes
    return found


def _telling(stems: Hashes, bounds: NDArray[np.int64], groups: NDArray[np.int64], whole: int) -> Hashes:
    """Stems that name one item: long enough, and not asked over again with other options (下列说法正确的是)."""
    values, counts = np.unique(stems[_first_pairs(stems, groups)], return_counts=True)
    alone = counts[np.searchsorted(values, stems)] == 1
    return np.where(alone & (bounds[:, 2] - bounds[:, 0] >= whole), stems, np.uint64(0))


def mostly_latin(
    codes: NDArray[np.uint32], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether more than 60 % of each text are Latin letters: English, not a formula in a Chinese sentence."""
    sums = np.concatenate(([0], np.cumsum((codes >= ord("a")) & (codes <= ord("z")))))
    found: NDArray[np.bool_] = sums[ends] - sums[begins] > 0.6 * (ends - begins)
    return found
