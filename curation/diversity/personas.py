"""Who the model is asked to be: a role in a system prompt or an instruction, or the speaker's name of its lines.

The patterns are ours and a heuristic: `你是X`, `扮演X`, `假设你是X`, `作为X，` and their English kin, at the
beginning of a sentence; of X the head is taken (`经验丰富的护士` is `护士`), so that one role has one name.
"""

from __future__ import annotations

import re
import unicodedata

from schemas.instance import Instance

_START = r"(?:^|[。!?;:,\n]\s*)"
_MEASURE = r"(?:一个|一名|一位|一只|一款|一种|个|名|位)?"
# 你是否, 你是怎么, 你是说: questions and remarks, not roles.
_NOT = r"(?!否|不是|怎|如何|什么|谁|说|想|在|从|要|为|因|的|对|来|去|哪|何|几|真|这|那|我|他|她|你|有|没)"
_WHO = r"((?:[A-Za-z]+ )?[^\s,。!?;:、…()“”\"「」,.]{1,24})"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        # A character sheet: 职业：护士.
        rf"(?:职业|身份)\**\s*:\s*\**\s*{_WHO}",
        # 你是林悦，一名护士: the trade says more than the name.
        rf"{_START}你(?:现在)?(?:是|叫)[^\s,。!?;:、]{{1,8}},(?:你?是)?(?:一个|一名|一位|个|名|位){_WHO}",
        rf"(?:请|让|你|来|要|能)[^。!?\n,]{{0,8}}?(?:扮演|充当|饰演|担任){_MEASURE}{_WHO}",
        rf"{_START}(?:请|我[^。!?\n,]{{0,4}})?(?:假设|假定|假如|假装|设想|想象|想像)(?:自己|你自己|你)?(?:现在)?是{_MEASURE}{_WHO}",
        rf"{_START}(?:现在|从现在开始,?|今天)?你(?:现在|将|将会|要|就)?(?:是|叫){_NOT}{_MEASURE}{_WHO}",
        rf"{_START}作为{_MEASURE}{_WHO}[,,]",
        r"(?i:\byou are|\bact as|\bpretend to be|\bplay the role of|\bimagine you are) (?:an?|the) ([A-Za-z][A-Za-z ]{1,40}?)(?=[,.;:!?\n]| who| that| with| and| in | at | for|$)",
    )
)
_SPEAKER = re.compile(r"\s*([^\s:,。!?;「」“”()\[\]0-9A-Za-z`#*\-]{1,8}|[A-Z][A-Za-z .]{0,16}):")
_OPENING = re.compile(r"\s*[「『“\"]?")
_READ = 400
_TRAILING = "吧啊呀呢了吗的"


def persona(instance: Instance) -> str:
    """The role that the model has in a row; empty if none is named."""
    for role in ("system", "user"):
        for message in instance.prompt:
            if message.role == role and (found := role_in(message.content)):
                return found
    return speaker(instance)


def speaker(instance: Instance) -> str:
    """Whose line the response of an open item is (`白展堂：…`); empty if no speaker is named."""
    if instance.form != "open" or not (said := _SPEAKER.match(_flat(instance.response[:40]))):
        return ""
    # One line with a colon is a heading as often as a speaker: the prompt has to speak in lines too.
    asked = any(_SPEAKER.match(_flat(m.content[:40])) for m in instance.prompt if m.role == "user")
    return said.group(1) if asked else ""


def without_speaker(text: str) -> str:
    """A line without the name and the quotation mark that it begins with."""
    flat = _flat(text)
    return _OPENING.sub("", flat[said.end() :]) if (said := _SPEAKER.match(flat)) else text


def system_prompt(instance: Instance) -> str:
    """The system message; empty if there is none."""
    return next((m.content for m in instance.prompt if m.role == "system"), "")


def role_in(text: str) -> str:
    """The role that a text gives its reader; empty if none."""
    flat = _flat(text[:_READ])
    # A sheet's own line says it best; of all others the first in the text.
    if sheet := _PATTERNS[0].search(flat):
        return head(sheet.group(1))
    found = [m for pattern in _PATTERNS[1:] if (m := pattern.search(flat))]
    return head(min(found, key=lambda m: m.start()).group(1)) if found else ""


def head(role: str) -> str:
    """`经验丰富的护士` is `护士`; `居住在都市中的退休老人` is `退休老人`."""
    bare = role.strip().rstrip(_TRAILING)
    tail = bare.rsplit("的", 1)[-1]
    return (tail or bare).strip().lower()


def _flat(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
