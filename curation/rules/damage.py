"""Rules about damaged text: wrong encodings, left-over templates, answers that break off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schemas.instance import Instance

if TYPE_CHECKING:
    from curation.rules import Verdict

# U+FFFD, its classic re-encodings, UTF-8 read as Latin-1 or Windows-1252 twice in a row, and control characters.
_MOJIBAKE = re.compile(
    "\ufffd|锟斤拷|(?:烫烫烫)|(?:屯屯屯)|(?:[ÃÂâåäæçèé][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸ]+){2}"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_RESIDUE = re.compile(
    r"<\|[a-z_]{2,20}\|>|<(?:pad|unk|bos|eot|user|assistant)>|\[/?INST\]|<</?SYS>>|</s>"
    r"|\{\{\s*[a-z_]{3,30}\s*\}\}|^#{2,3} ?(?:Instruction|Response|Input)\s*:",
    re.IGNORECASE | re.MULTILINE,
)
_OPEN_END = "，、；：,（(《“‘「『【"


def mojibake(instance: Instance, *, private: int = 2) -> Verdict:
    """No replacement characters, no UTF-8 read in another encoding, no control characters.

    Exam texts that came out of a PDF hold a stray private-use glyph now and then: more than `private` are damage.
    """
    for message in instance.messages:
        found = _MOJIBAKE.search(message.content)
        if found:
            return False, f"wrongly decoded text: {found.group()[:20]!r}"
        found = _CONTROL.search(message.content)
        if found:
            return False, f"a control character, {found.group()!r}"
        strange = len(_PRIVATE.findall(message.content))
        if strange > private:
            return False, f"{strange} private-use characters"
    return True


def residue(instance: Instance) -> Verdict:
    """No piece of a prompt template or special token is left in the text."""
    for message in instance.messages:
        found = _RESIDUE.search(message.content)
        if found:
            return False, f"left over from a template: {found.group()!r}"
    return True


def truncated(instance: Instance, *, shortest: int = 100) -> Verdict:
    """Every code fence is closed, and a response of `shortest` characters or more does not end in mid-sentence."""
    if instance.form not in ("open", "code", "worked_answer"):
        return True
    response = instance.response.rstrip()
    if response.count("```") % 2:
        return False, "a code fence is not closed"
    if len(response) >= shortest and response[-1] in _OPEN_END:
        return False, f"the response breaks off at {response[-1]!r}"
    return True
