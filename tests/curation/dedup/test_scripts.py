"""Traditional characters become simplified ones by the phrase they stand in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curation.script_variants import to_simplified


def test_by_phrases():
    assert to_simplified("乾隆皇帝說頭髮乾燥，一目瞭然") == "乾隆皇帝说头发干燥，一目了然"
    assert to_simplified("简体不变") == "简体不变"
    assert to_simplified("ASCII") == "ASCII"


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Lo", "So"], exclude_characters="\0"), max_size=40
    )
)
def test_what_is_not_chinese_stays(text):
    assert to_simplified(text) == text


@given(st.text(st.sampled_from("漢字轉換乾隆燥一目瞭然于於"), max_size=40))
def test_every_character_becomes_one_character(text):
    assert len(to_simplified(text)) == len(text)
