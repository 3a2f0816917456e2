"""The canonical text, against the plain way to it."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from curation.canonical import canonical_text

NASTY = "，：；？！（）＝＜\u0338\u0301\u0300é㎏①ﬁ\u200b\ufeff\u00ad\u3000 \t\n\x1f\x85aB1汉字㍿豈"


def plain(text: str) -> str:
    flat = re.sub("[\u200b-\u200f\u2060\ufeff\u00ad]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r" (?![0-9A-Za-z])|(?<![0-9A-Za-z]) ", "", re.sub(r"\s+", " ", flat).strip())


@given(st.one_of(st.text(), st.text(NASTY)))
@example("＝\u0338（é）")
def test_the_quick_way_is_the_plain_way(text: str) -> None:
    assert canonical_text(text) == plain(text)


def test_what_a_reader_would_call_the_same_is_the_same() -> None:
    assert canonical_text("你好，　世界（ＡＢ）") == canonical_text("你好, 世界(AB)")
    assert canonical_text("New  York 市") == "New York市"
    assert canonical_text("1 000") != canonical_text("1000")
