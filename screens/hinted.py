"""Hints as they are told, and the items that they name: one is read at once, of several one is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from textual.screen import Screen

from curation.review.records import ShownHint


def line_of(hint: ShownHint) -> str:
    """`near duplicate: 94% the same text as s:1 (you approved it) → 3f2a91c0 小明以…`"""
    told = f"{hint.kind.replace('_', ' ')}: {hint.text}" + (f" ({hint.judged})" if hint.judged else "")
    return f"{told} → {hint.other[:8]} {hint.title}" if hint.item is not None else told


def others(hints: Sequence[ShownHint]) -> list[ShownHint]:
    """Of hints that name another item one for each."""
    found: dict[int, ShownHint] = {}
    for hint in hints:
        if hint.item is not None:
            found.setdefault(hint.item, hint)
    return list(found.values())


def reading_of(hints: Sequence[ShownHint]) -> Screen[None]:
    """The screen on which the items that hints name are read."""
    from screens.similar import SimilarScreen
    from screens.view import ViewScreen

    found = others(hints)
    if len(found) == 1 and found[0].item is not None:
        return ViewScreen(found[0].item)
    return SimilarScreen(found)
