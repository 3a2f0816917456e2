"""What a text is indexed under: its pairs of neighbouring letters and numerals, and the last one of every run."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from curation.canonical import canonical_text

# Letters and numerals of any script; an underscore is none.
_RUN = re.compile(r"[^\W_]+")


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """What is compared: NFKC, case folded, white space only between Latin words."""
    return canonical_text(text.casefold())


def grams(text: str) -> list[str]:
    """Each gram once, sorted. A run's last character stands alone, so that every character begins some gram."""
    found: set[str] = set()
    for run in _RUN.findall(folded(text)):
        found.update(map("".join, pairwise(run)))
        found.add(run[-1])
    return sorted(found)


def wanted(query: str) -> tuple[list[str], list[str]]:
    """(pairs that a text has to have, single characters that a gram of it has to begin with)."""
    pairs: set[str] = set()
    single: set[str] = set()
    for run in _RUN.findall(folded(query)):
        if len(run) == 1:
            single.add(run)
        pairs.update(map("".join, pairwise(run)))
    return sorted(pairs), sorted(single)
