"""What a text is indexed under: its characters, and its pairs of neighbouring characters.

A character alone is a gram as well, so that a query of one character is answered from the index like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from operator import add

from curation.canonical import canonical_text
from curation.script_variants import to_simplified

# Pairs of a query that the index is asked for; its candidates' texts are looked at in any case.
MOST = 24
_HAN = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))


def folded(text: str) -> str:
    """What is compared: NFKC, case folded, white space only between Latin words, traditional characters as simplified.

    Characters are turned one by one, not by phrases as `curation.script_variants` does: what a text holds must not
    depend on what stands around it. So 乾 is 干 here even in 乾隆, in texts and queries alike.
    """
    text = canonical_text(text).casefold()
    if text.isascii():
        return text
    traditional, table = _variants()
    return text.translate(table) if traditional.search(text) else text


def grams(text: str) -> set[str]:
    """All grams of a text; none spans a space."""
    found: set[str] = set()
    for run in folded(text).split(" "):
        found.update(run)
        found.update(map(add, run, run[1:]))
    return found


def words(query: str) -> list[str]:
    """What a text has to hold, folded: the parts of a query between white space."""
    return [folded(word) for word in query.encode("utf-8", "ignore").decode().split()]


def wanted(words: Sequence[str]) -> list[str]:
    """Grams that a text must have if it holds these folded words; of many some, evenly spread."""
    found: dict[str, None] = {}
    for word in words:
        for run in word.split(" "):
            found |= dict.fromkeys(map(add, run, run[1:]) if len(run) > 1 else run)
    every = list(found)
    return every if len(every) <= MOST else [every[i * len(every) // MOST] for i in range(MOST)]


@cache
def _variants() -> tuple[re.Pattern[str], dict[int, str]]:
    """(what finds a traditional character, character -> simplified one)."""
    # On lines of their own they make no phrases.
    turned = to_simplified("\n".join(map(chr, _HAN))).split("\n")
    table = {code: one for code, one in zip(_HAN, turned, strict=True) if one != chr(code) and len(one) == 1}
    return re.compile(f"[{''.join(map(chr, table))}]"), table
