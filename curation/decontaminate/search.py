"""Training rows against the index: every pair of a row and an evaluation item that leaks, with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from curation.decontaminate.fold import Folded, figures, fold
from curation.decontaminate.hashes import Hashes, Prefixes
from curation.decontaminate.index import SPANS, Index, among, build_index, mostly_latin, option_sets
from curation.decontaminate.items import Item, stem_of
from curation.decontaminate.settings import LATIN, LeakSettings
from schemas.instance import Candidate, Instance

Rule = Literal["same_prompt", "same_question", "contained", "overlap", "same_passage", "same_options"]
# Below this share of its wording a part is another one, whatever else the two texts share.
_OTHER = 0.5


Shares = tuple[float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Pair:
    """A training row that leaks an evaluation item.

    Args:
        item: the item's place in the evaluation set.
        rule: `same_prompt`: folded prompts are equal, options in any order. `same_question`: passage and question
            are, and name one item; or the question's own grams are shared. `contained`: the item stands whole in the
            row, or the row's prompt in the item, of which it is much. `overlap`: shared grams of the shorter text reach the threshold. `same_passage`, `same_options`: only
            that part is shared. A passage is also known by its group, however short it is.
        containment: shared grams / grams of the shorter text; 1 for equal and contained texts.
        run: the longest run of folded characters that both hold.
        parts: of passage, question and options the share that stands in the row; None where the item has none.
    """

    item: int
    rule: Rule
    containment: float
    run: str
    parts: Shares


class LeakFinder:
    """Finds which evaluation items training rows repeat.

    Args:
        items: the evaluation set.
        settings: what counts as a leak.
        index: of these items by these settings, if it was built before.
    """

    def __init__(
        self, items: Sequence[Item], settings: LeakSettings | None = None, index: Index | None = None
    ) -> None:
        self.items, self.settings = items, settings or LeakSettings()
        self.index = index or build_index(items, self.settings)

    def find(self, rows: Sequence[Instance | Candidate]) -> list[list[Pair]]:
        """The leaking pairs of each row, its strongest first: by rule, containment, then the item's place."""
        return _Batch(self, rows).pairs()

    @cached_property
    def by_whole(self) -> dict[int, list[int]]:
        return self._places(self.index.wholes)

    @cached_property
    def by_set(self) -> dict[int, list[int]]:
        return self._places(self.index.sets)

    @cached_property
    def by_stem(self) -> dict[int, list[int]]:
        return self._places(self.index.stems)

    @cached_property
    def by_passage(self) -> dict[str, list[int]]:
        """Items by their group, where that was made from a passage's text (see `curation.formats.building`)."""
        found: dict[str, list[int]] = {}
        for place, item in enumerate(self.items):
            if item.group.startswith("text:"):
                found.setdefault(item.group, []).append(place)
        return found

    def _places(self, hashes: Hashes) -> dict[int, list[int]]:
        empty = self.index.bounds[:, 0] == self.index.bounds[:, 3]
        found: dict[int, list[int]] = {}
        for place in np.flatnonzero((hashes != 0) & ~empty).tolist():
            found.setdefault(int(hashes[place]), []).append(place)
        return found

    @cached_property
    def least(self) -> NDArray[np.int64]:
        """(items,) grams that an item, or a part of it, must have in order to be compared by them."""
        return np.where(self.index.latin, self.settings.least_latin, self.settings.least)

    @cached_property
    def needed(self) -> NDArray[np.float64]:
        """(items,) shared grams below which no rule about the item's own texts can hold; infinite where none can."""
        s, index = self.settings, self.index
        by_parts = np.where(index.parts >= self.least[:, None], np.ceil(s.part * index.parts), np.inf).min(
            axis=1
        )
        own = np.where(index.sizes >= self.least, np.ceil(s.threshold * index.sizes), index.sizes)
        found: NDArray[np.float64] = np.minimum(np.where(index.sizes > 0, own, np.inf), by_parts)
        return found


_ORDER: tuple[Rule, ...] = (
    "same_prompt",
    "same_question",
    "contained",
    "overlap",
    "same_passage",
    "same_options",
)


class _Batch:
    """Some rows, folded together: of each its stem, its options, its response."""

    def __init__(self, finder: LeakFinder, rows: Sequence[Instance | Candidate]) -> None:
        self.finder, self.rows = finder, rows
        self.index, self.settings = finder.index, finder.settings
        self.stems = [stem_of(row) for row in rows]
        texts: list[str] = []
        widths: list[int] = []
        for row, stem in zip(rows, self.stems, strict=True):
            options = row.choices if self.settings.options else ()
            mine = [stem, *options, row.response if isinstance(row, Instance) else ""]
            texts += mine
            widths.append(len(mine))
        self.folded: Folded = fold(texts)
        first = np.concatenate(([0], np.cumsum(widths))).astype(np.int64)
        where = self.folded.bounds
        self.begins, self.stem_ends = where[first[:-1]], where[np.minimum(first[:-1] + 1, len(texts))]
        self.answers, self.ends = where[np.maximum(first[1:] - 1, 0)], where[first[1:]]
        self.latin = mostly_latin(self.folded.codes, self.begins, self.answers)
        prefixes = Prefixes(self.folded.codes)
        self.hashes = prefixes.grams(self.settings.n)
        stems = prefixes.of(self.begins, self.stem_ends)
        self.known: tuple[tuple[Rule, dict[int, list[int]], Hashes], ...] = (
            ("same_prompt", finder.by_whole, prefixes.of(self.begins, self.answers)),
            (
                "same_prompt",
                finder.by_set,
                option_sets(prefixes, where, first[:-1] + 1, first[1:] - 1, stems),
            ),
            ("same_question", finder.by_stem, stems),
        )

    def pairs(self) -> list[list[Pair]]:
        equal, found = self._equal(), list[list[Pair]]()
        for number, (places, grams) in enumerate(self._hits()):
            named = equal.get(number, {})
            found.append(self._row(number, places, grams, named) if len(places) or named else [])
        return found

    def _equal(self) -> dict[int, dict[int, Rule]]:
        """Row -> item -> rule, where whole texts are equal."""
        found: dict[int, dict[int, Rule]] = {}
        for rule, places, hashes in self.known:
            for number, value in enumerate(hashes.tolist()):
                for item in places.get(value, ()):
                    if self._reads_the_same(number, item, rule):
                        found.setdefault(number, {}).setdefault(item, rule)
        for number, row in enumerate(self.rows):
            for item in self.finder.by_passage.get(row.source.group, ()):
                start = self.folded.text(self.begins[number], self.answers[number])[: self.settings.whole]
                if len(start) == self.settings.whole and self.index.text(item).startswith(start):
                    found.setdefault(number, {}).setdefault(item, "same_passage")
        return found

    def _reads_the_same(self, number: int, place: int, rule: Rule) -> bool:
        """Whether equal hashes are equal texts, and the numbers in short ones are the same."""
        begin, _, stem_end, _ = self.index.bounds[place]
        mine = self.folded.text(self.begins[number], self.stem_ends[number])
        whole = self.folded.text(self.begins[number], self.answers[number])
        text = self.index.text(place)
        if mine != text[: stem_end - begin] and whole != text:
            return False
        if len(text) >= self.settings.short:
            return True
        item, row, options = self.finder.items[place], self.rows[number], self.settings.options
        theirs = [item.stem, *(item.options if options and rule == "same_prompt" else ())]
        ours = [self.stems[number], *(row.choices if options and rule == "same_prompt" else ())]
        return sorted(figures("\n".join(ours))) == sorted(figures("\n".join(theirs)))

    def _hits(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Of each row the places of its grams that stand in the index, ascending, and which grams they are."""
        none = (np.empty(0, np.int64), np.empty(0, np.int64))
        index, n = self.index, self.settings.n
        if not len(self.hashes) or not len(index.grams):
            return [none] * len(self.rows)
        low = (self.hashes & np.uint64(len(index.sieve) - 1)).astype(np.int64)
        places = np.flatnonzero(index.sieve[low])
        values = self.hashes[places]
        at = np.minimum(np.searchsorted(index.grams, values), len(index.grams) - 1)
        real = index.grams[at] == values
        places, at = places[real], at[real]
        owner = np.searchsorted(self.begins, places, side="right") - 1
        whole = (places + n <= self.answers[owner]) | (
            (places >= self.answers[owner]) & (places + n <= self.ends[owner])
        )
        places, at, owner = places[whole], at[whole], owner[whole]
        cuts = np.searchsorted(owner, np.arange(len(self.rows) + 1))
        return [(places[a:b], at[a:b]) for a, b in pairwise(cuts)]

    def _row(
        self, number: int, places: NDArray[np.int64], grams: NDArray[np.int64], named: dict[int, Rule]
    ) -> list[Pair]:
        s = self.settings
        shown = grams[places + s.n <= self.answers[number]]
        size, least = self._size(number) if len(shown) else 0, self._least(number)
        everywhere, asked = self._shared(grams), self._shared(shown)
        found = []
        for item, shared in everywhere.items():
            in_prompt = asked.get(item, 0)
            enough = shared >= self.finder.needed[item] or in_prompt >= (
                s.threshold * size if size >= least else size
            )
            if enough or item in named:
                pair = self._judge(number, item, shared, in_prompt, size, places, named.get(item))
                found += [pair] if pair else []
        for item, rule in named.items():
            if item not in everywhere:
                pair = self._judge(number, item, 0, 0, size, places[:0], rule)
                found += [pair] if pair else []
        return sorted(found, key=lambda p: (_ORDER.index(p.rule), -p.containment, p.item))

    def _shared(self, grams: NDArray[np.int64]) -> dict[int, int]:
        """Item -> distinct grams among these that it holds."""
        if not len(grams):
            return {}
        index = self.index
        rows = [index.places[index.starts[g] : index.starts[g + 1]] for g in np.unique(grams)]
        items, counts = np.unique(np.concatenate(rows), return_counts=True)
        return dict(zip(items.tolist(), counts.tolist(), strict=True))

    def _size(self, number: int) -> int:
        """Distinct grams of a row's prompt that are no boilerplate."""
        mine = np.unique(
            self.hashes[self.begins[number] : max(0, self.answers[number] - self.settings.n + 1)]
        )
        return int((~among(mine, self.index.common)).sum())

    def _least(self, number: int) -> int:
        return self.settings.least_latin if self.latin[number] else self.settings.least

    def _judge(
        self,
        number: int,
        item: int,
        shared: int,
        in_prompt: int,
        size: int,
        places: NDArray[np.int64],
        rule: Rule | None,
    ) -> Pair | None:
        s, index = self.settings, self.index
        text, has = self.folded.text(self.begins[number], self.ends[number]), int(index.sizes[item])
        bounds = index.bounds[item]
        theirs = index.hashes[bounds[0] : bounds[3]][index.counted[bounds[0] : bounds[3]]]
        mine = places[np.isin(self.hashes[places], theirs)]
        parts, alone = self._parts(item, text, self.hashes[mine])
        least = int(self.finder.least[item])
        containment = max(
            shared / has if has >= least else 0.0,
            in_prompt / size if size >= self._least(number) else 0.0,
        )
        whole = index.text(item)
        if rule == "same_question" and self._asks_something_else(number, item, parts[2]):
            rule = None
        if rule == "same_passage":  # known by its group; the texts themselves may say more
            rule = self._by_grams(containment, parts, alone) or rule
        if rule is not None:
            containment = 1.0 if rule == "same_prompt" else max(containment, _share(parts))
        elif has < least or containment < 1:
            shortest = s.whole * (LATIN if index.latin[item] else 1)
            if len(whole) >= shortest and (whole in text or self._is_much_of(number, whole)):
                rule, containment = "contained", 1.0
        if rule is None:
            rule = self._by_grams(containment, parts, alone)
        if rule is None:
            return None
        run = self._longest(mine, text, number, whole)
        return Pair(item, rule, round(containment, 4), run, parts)

    def _is_much_of(self, number: int, whole: str) -> bool:
        """Whether the row's prompt stands whole in the item and makes up enough of it."""
        mine = self.folded.text(self.begins[number], self.answers[number])
        shortest = self.settings.whole * (LATIN if self.latin[number] else 1)
        return len(mine) >= max(shortest, self.settings.threshold * len(whole)) and mine in whole

    def _asks_something_else(self, number: int, item: int, options: float | None) -> bool:
        """Whether an equal stem is only how such questions begin: it is short, and both have options, but others."""
        begin, _, stem_end, _ = self.index.bounds[item]
        short = stem_end - begin < self.settings.short
        return bool(short and options is not None and options < _OTHER and self.rows[number].choices)

    def _by_grams(
        self, containment: float, parts: Shares, alone: tuple[bool, bool, bool, bool]
    ) -> Rule | None:
        """The rule by which shared grams make a leak, if any does."""
        passage, question, options = parts
        others = question is not None and question < _OTHER and (options is None or options < _OTHER)
        enough = containment >= self.settings.threshold
        if (enough or alone[0] or alone[3]) and others and passage is not None and passage >= _OTHER:
            return "same_passage"
        if enough:
            return "overlap"
        if alone[1] or alone[3]:
            return "same_question"
        if alone[0]:
            return "same_passage"
        return "same_options" if alone[2] else None

    def _parts(self, item: int, text: str, mine: Hashes) -> tuple[Shares, tuple[bool, bool, bool, bool]]:
        """The share of each part that stands in the row, and whether that of each, and of the stem, leaks alone."""
        index, s = self.index, self.settings
        bounds, shares, alone = index.bounds[item], list[float | None](), list[bool]()
        for k, (a, b) in enumerate(SPANS):
            start, end, size = int(bounds[a]), int(bounds[b]), int(index.parts[item, k])
            if start == end:
                shares.append(None)
                alone.append(False)
                continue
            last = max(start, end - s.n + 1)
            grams = index.hashes[start:last][index.counted[start:last]]
            share = float(np.isin(grams, mine).sum()) / size if size else 0.0
            if share < 1 and index.codes[start:end].tobytes().decode("utf-32-le") in text:
                share = 1.0
            shares.append(round(share, 4))
            alone.append(share >= s.part and size >= self.finder.least[item])
        return (shares[0], shares[1], shares[2]), (alone[0], alone[1], alone[2], alone[3])

    def _longest(self, mine: NDArray[np.int64], text: str, number: int, whole: str) -> str:
        """The longest run of characters that the row and the item share."""
        if not len(mine):
            return whole if whole in text else ""
        cuts = np.flatnonzero(np.diff(mine) != 1) + 1
        begins, ends = np.concatenate(([0], cuts)), np.concatenate((cuts, [len(mine)]))
        base, best = int(self.begins[number]), ""
        # Neighbouring grams of the row need not be neighbours in the item: each run is tried as text.
        for a, b in sorted(zip(begins.tolist(), ends.tolist(), strict=True), key=lambda r: r[0] - r[1]):
            start, end = int(mine[a]) - base, int(mine[b - 1]) - base + self.settings.n
            if end - start <= len(best):
                break
            run = _common_run(text[start:end], whole, self.settings.n)
            best = run if len(run) > len(best) else best
        return _grown(best, text, whole)


def _share(parts: Sequence[float | None]) -> float:
    known = [p for p in parts if p is not None]
    return sum(known) / len(known) if known else 0.0


def _common_run(run: str, whole: str, n: int) -> str:
    """The longest beginning-to-end piece of `run` that stands in `whole`: nearly always all of it."""
    if run in whole:
        return run
    best = ""
    for start in range(len(run) - n + 1):
        size = max(n, len(best) + 1)
        while start + size <= len(run) and run[start : start + size] in whole:
            best, size = run[start : start + size], size + 1
    return best


def _grown(run: str, text: str, whole: str) -> str:
    """A shared run with the characters around it that are shared as well: boilerplate ends runs of grams too soon."""
    if not run:
        return run
    start, other = text.find(run), whole.find(run)
    end, other_end = start + len(run), other + len(run)
    while start and other and text[start - 1] == whole[other - 1]:
        start, other = start - 1, other - 1
    while end < len(text) and other_end < len(whole) and text[end] == whole[other_end]:
        end, other_end = end + 1, other_end + 1
    return text[start:end]
