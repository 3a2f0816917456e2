"""Training instances that the evaluation set already holds, found by shared runs of characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curation.canonical import prompt_text, row_key
from schemas.instance import Decision, Instance
from schemas.progress import Progress, Tick, silent


@dataclass(frozen=True)
class Leak:
    """One training instance that repeats one evaluation instance; `containment` is 1 for equal prompts."""

    train: Instance
    test: Instance
    rule: str
    containment: float


def decontaminate(
    train: Iterable[Instance],
    test: Sequence[Instance],
    *,
    n: int = 13,
    short: int = 39,
    threshold: float = 0.5,
    boilerplate: int = 10,
    progress: Progress = silent,
) -> tuple[list[Instance], list[Decision]]:
    """Training instances that repeat no evaluation instance, and a decision for each that does."""
    finder = LeakFinder(test, n=n, short=short, threshold=threshold, boilerplate=boilerplate)
    kept: list[Instance] = []
    decisions: list[Decision] = []
    number = 0
    for number, instance in enumerate(train, 1):
        leak = finder.find(instance)
        if leak is None:
            kept.append(instance)
        else:
            decisions.append(_decision(leak))
        if number % 1000 == 0:
            progress(Tick("decontaminate", number))
    progress(Tick("decontaminate", number, number))
    return kept, decisions


class LeakFinder:
    """An index of an evaluation set that says which of its instances a text repeats.

    Three rules, in this order: `same_prompt` (canonical prompts, options included, are equal), `same_passage` (both
    stand in one group that was made from a passage's text), `overlap` (the containment |A and B| / min(|A|, |B|) of
    character n-grams reaches `threshold`; ours, after the usual 13-gram practice). Texts below `short` characters
    are only compared as a whole: in a question of twenty characters most of the wording is everybody's.

    Args:
        test: evaluation instances.
        n: characters a gram.
        short: characters below which grams say nothing.
        threshold: containment that counts as a leak.
        boilerplate: a gram that more evaluation instances than this share is exam language and counts for nothing.
    """

    def __init__(
        self,
        test: Sequence[Instance],
        *,
        n: int = 13,
        short: int = 39,
        threshold: float = 0.5,
        boilerplate: int = 10,
    ) -> None:
        self.n, self.short, self.threshold = n, max(short, n), threshold
        self._test = list(test)
        texts = [prompt_text(i) for i in self._test]
        self._exact: dict[str, int] = {}
        self._passages: dict[str, int] = {}
        for place, (instance, text) in enumerate(zip(self._test, texts, strict=True)):
            self._exact.setdefault(text, place)
            if instance.source.group.startswith("text:") and len(text) >= self.short:
                self._passages.setdefault(instance.source.group, place)
        # Grams are kept as Python's hashes: 64 bits, so that a collision among millions is not to be expected.
        postings: dict[int, list[int]] = {}
        for place, text in enumerate(texts):
            for gram in self._grams(text):
                postings.setdefault(gram, []).append(place)
        self._common = {g for g, places in postings.items() if len(places) > boilerplate}
        self._postings = {g: tuple(p) for g, p in postings.items() if g not in self._common}
        self._sizes = Counter(place for places in self._postings.values() for place in places)

    def find(self, instance: Instance) -> Leak | None:
        """The evaluation instance that `instance` repeats, or None."""
        text = prompt_text(instance)
        if text in self._exact:
            return Leak(instance, self._test[self._exact[text]], "same_prompt", 1.0)
        group = instance.source.group
        if group in self._passages and len(text) >= self.short:
            return Leak(instance, self._test[self._passages[group]], "same_passage", 1.0)
        grams = self._grams(text) - self._common
        shared: Counter[int] = Counter()
        for gram in grams:
            places = self._postings.get(gram)
            if places:  # nearly all grams are nobody else's, and an empty update costs as much as a full one
                shared.update(places)
        best = max(shared, key=lambda p: (shared[p] / min(len(grams), self._sizes[p]), -p), default=None)
        if best is None:
            return None
        containment = shared[best] / min(len(grams), self._sizes[best])
        if containment < self.threshold:
            return None
        return Leak(instance, self._test[best], "overlap", containment)

    def _grams(self, text: str) -> set[int]:
        if len(text) < self.short:
            return set()
        n = self.n
        return {hash(text[i : i + n]) for i in range(len(text) - n + 1)}


def _decision(leak: Leak) -> Decision:
    reasons = {
        "same_prompt": "has the same prompt",
        "same_passage": "stands over the same passage",
        "overlap": f"shares {leak.containment:.0%} of the shorter text",
    }
    return Decision(
        subject=leak.train.id,
        stage="decontaminate",
        rule=leak.rule,
        kept=False,
        reason=f"evaluation instance {leak.test.id[:12]} ({row_key(leak.test)}) {reasons[leak.rule]}",
        evidence=row_key(leak.train),
    )
