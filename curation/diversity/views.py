"""What of an instance is compared: instructions and responses without what changes from row to row by design.

All of it is ours: a *unit* is a Chinese character, a mark, or a run of Latin letters and digits, so that an opener of
four units is four characters of Chinese and four words of English.
"""

from __future__ import annotations

import re
from typing import Literal

from curation.canonical import canonical_text
from schemas.instance import Instance

Channel = Literal["instruction", "response"]
CHANNELS: tuple[Channel, ...] = ("instruction", "response")

# Forms whose response is the model's own wording; of the others it is a letter, a word or a number.
FREE = ("open", "code", "worked_answer")

_UNIT = re.compile(r"[A-Za-z0-9]+|\S")
_QUOTED = re.compile(r"“[^“”]{1,80}”|「[^「」]{1,80}」|『[^『』]{1,80}』|《[^《》]{1,80}》|\"[^\"]{1,80}\"")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_GIVEN = "明红刚华丽强李王张芳美军东兰林杰玲云龙亮赵刘陈"
_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严金魏姜谢邹苏潘范彭鲁马方任袁柳唐罗薛雷贺汤黄林高郭梁宋徐胡刘"
_TITLE = "先生|女士|老师|同学|医生|教授|经理|阿姨|叔叔|师傅|某某|某"
_NAME = re.compile(rf"小[{_GIVEN}]|[{_FAMILY}](?:{_TITLE})|(?<=[a-z,] )[A-Z][a-z]+\b")
_LONGEST = 2000
_HEAD = 1500


def channel_text(instance: Instance, channel: Channel) -> str:
    """The last user message without its options, or the gold answer; empty for a response that is only a key.

    A very long text is its first 1,500 and last 500 characters.
    """
    text = _stem(instance) if channel == "instruction" else _own_words(instance)
    return text if len(text) <= _LONGEST else f"{text[:_HEAD]}\n{text[_HEAD - _LONGEST :]}"


def masked(text: str) -> str:
    """Canonical text in which a number is `0`, quoted words are `“”` and names are `某`."""
    flat = _QUOTED.sub("“”", canonical_text(text))
    return _NUMBER.sub("0", _NAME.sub("某", flat))


def units(text: str) -> list[str]:
    """The units of a canonical text."""
    return _UNIT.findall(text)


def joined(parts: list[str]) -> str:
    """Units as they stand in a canonical text: a space only between two Latin words or numbers."""
    out: list[str] = []
    for part in parts:
        if out and _latin(part[0]) and _latin(out[-1][-1]):
            out.append(" ")
        out.append(part)
    return "".join(out)


def opener(text: str, count: int) -> str:
    """The first `count` units of a text, masked; empty for an empty text."""
    return joined(units(masked(text[: 24 * count + 80]))[:count])


def _own_words(instance: Instance) -> str:
    return instance.response if instance.form in FREE else ""


def _stem(instance: Instance) -> str:
    text = instance.instruction
    if instance.choices:
        place = text.rfind(f"\nA.{instance.choices[0]}")
        if place < 0:
            found = re.search(r"^\s*[（(]?A[)）.．、:：]", text, re.MULTILINE)
            place = found.start() if found else -1
        if place > 0:
            return text[:place]
    return text


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
