"""What all rules need to know of an instance, worked out once, and cheap enough to ask of a million rows.

A Chinese row of 400 characters holds some 20 that Latin-1 can write, and those are what most damage is made of:
digits, dollar signs, backslashes, tags, control characters. `Look.low` is these alone, in order, so that a rule can
tell in a tenth of a microsecond that it has nothing to look for. It joins what Chinese text kept apart, so a hit only
means that the text itself has to be searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal

from schemas.instance import Instance
from schemas.terminal import one_line

Verdict = Literal[True] | tuple[Literal[False], str]
Rule = Callable[[Instance], Verdict]

FREE_FORMS = ("open", "code", "worked_answer")

# UTF-8 read as GBK: the characters whose two bytes begin a Chinese character (E4 to E9) or a mark in UTF-8.
GBK_SIGNS = frozenset(
    bytes((lead, follow)).decode("gbk") for lead in range(0xE4, 0xEA) for follow in range(0x80, 0xC0)
) | {"锛", "銆", "鈥"}
# Those of them that names and everyday words hold. A garbled text has others as well.
_WRITTEN = "浏瑜榄淇璀璨瀚浒妾瑕洄璋瑙楠楂浃娴韬绯骞娅榈娲渚杞瑾璇绮绶洵灏绛绫璧纭姣缇椴宕纾"
RARE_SIGNS = GBK_SIGNS - set(_WRITTEN)
# What stands in Chinese and English text every day: Latin-1, Greek, symbols, marks, Han. No other letters, no
# full-width digits, no private use, no U+FFFD, and no Han that hints at a wrong decoding.
_USUAL = (
    *(
        (0x00, 0xFF),
        (0x391, 0x3A9),
        (0x3B1, 0x3C9),
        (0x2010, 0x2029),
        (0x2030, 0x205E),
        (0x2190, 0x23FF),
        (0x2103, 0x2103),
    ),
    *(
        (0x2160, 0x216B),
        (0x2460, 0x249B),
        (0x2500, 0x27BF),
        (0x3000, 0x3004),
        (0x3008, 0x3020),
        (0x4E00, 0x9FA5),
    ),
    *(
        (0xFE63, 0xFE63),
        (0xFF01, 0xFF0F),
        (0xFF1A, 0xFF1F),
        (0xFF3B, 0xFF40),
        (0xFF5B, 0xFF5E),
        (0xFFE5, 0xFFE5),
    ),
)


def char_class(points: Iterable[int]) -> str:
    """A character class for `re` of the code points, as ranges: looked up in a table, whatever their number."""
    ranges: list[list[int]] = []
    for point in sorted(set(points)):
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges) + "]"


_SUSPICIOUS = {ord(char) for char in RARE_SIGNS}
_PLAIN = re.compile(
    char_class(p for first, last in _USUAL for p in range(first, last + 1) if p not in _SUSPICIOUS) + "*"
)


class Look:
    """One instance, seen.

    Args:
        instance: the instance.

    Attributes:
        text: all messages, joined by newlines.
        response: the gold answer's text.
        low: those characters of `text` that Latin-1 has, as text: looking for one in bytes takes five times as long.
        plain: whether `text` is of everyday characters only, see `_USUAL`.
    """

    __slots__ = ("instance", "low", "plain", "response", "text")

    def __init__(self, instance: Instance) -> None:
        contents = [message.content for message in instance.messages]
        self.instance = instance
        self.text = text = "\n".join(contents)
        self.response = contents[-1]
        self.low = text.encode("latin-1", "ignore").decode("latin-1")
        self.plain = _PLAIN.fullmatch(text) is not None


_last: Look | None = None


def looked(instance: Instance) -> Look:
    """The look at an instance; the last one is kept, because the rules come one after the other."""
    global _last
    look = _last
    if look is not None and look.instance is instance:
        return look
    _last = look = Look(instance)
    return look


def place(instance: Instance, number: int, position: int) -> str:
    """Where something is: `response, character 12`, or `message 1 (user), character 12`; both count from 1."""
    last = number == len(instance.messages) - 1
    name = "response" if last else f"message {number + 1} ({instance.messages[number].role})"
    return f"{name}, character {position + 1}"


def quote(text: str, position: int, width: int = 24) -> str:
    """A short piece of `text` from `position` on, safe to print."""
    return f"'{one_line(text[position : position + 4 * width].strip(), width)}'"
