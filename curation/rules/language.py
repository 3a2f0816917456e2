"""Rules about what is written: scripts and refusals."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from schemas.instance import Instance

if TYPE_CHECKING:
    from curation.rules import Verdict

_REFUSAL = re.compile(
    r"作为(?:一个|一名)?\s*(?:AI|人工智能|语言模型|大型语言模型)"
    r"|(?:抱歉|对不起)[,，。!！]?\s*(?:但|但是)?我(?:无法|不能|没有办法)(?:提供|回答|帮助|协助|完成|满足|生成|访问|处理)"
    r"|as an? (?:ai|artificial intelligence|language model)\b"
    r"|i(?:'m| am) sorry,? but i (?:can't|cannot|am unable)",
    re.IGNORECASE,
)
_SCRIPTS = (
    "cjk",
    "latin",
    "greek",
    "cyrillic",
    "hiragana",
    "katakana",
    "hangul",
    "arabic",
    "thai",
    "devanagari",
)


def script(
    instance: Instance, *, allowed: tuple[str, ...] = ("cjk", "latin", "greek"), minimum: float = 0.5
) -> Verdict:
    """At least `minimum` of the letters belong to the `allowed` scripts; a text without letters passes."""
    letters = inside = 0
    for message in instance.messages:
        for char in message.content:
            name = _script_of(char)
            if name:
                letters += 1
                inside += name in allowed
    if letters and inside < minimum * letters:
        return False, f"{inside} of {letters} letters are {' or '.join(allowed)}"
    return True


def refusal(instance: Instance, *, within: int = 60) -> Verdict:
    """A free response does not begin by refusing or by speaking of itself as a language model."""
    if instance.form not in ("open", "code", "worked_answer"):
        return True
    found = _REFUSAL.search(instance.response[:within])
    return (False, f"the response refuses: {found.group()!r}") if found else True


@lru_cache(maxsize=65536)
def _script_of(char: str) -> str:
    """`cjk` for 汉, `latin` for é; empty for what is no letter; `other` for scripts not in the list."""
    if "\u4e00" <= char <= "\u9fff":
        return "cjk"
    if not char.isalpha():
        return ""
    word = unicodedata.name(char, "").split(" ", 1)[0].lower()
    return word if word in _SCRIPTS else "other"
