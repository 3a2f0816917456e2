"""The difference of two texts: it turns one into the other, splits no cluster, and is more than colour."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from uniseg.graphemecluster import grapheme_cluster_boundaries

from screens.diff import differences, told

TEXTS = st.text(st.sampled_from("甲乙丙丁。，a1 \n\u0301👩\u200d👧🏽"), max_size=40)


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
def test_it_turns_the_old_text_into_the_new_one(old: str, new: str) -> None:
    pieces = differences(old, new)
    assert "".join(p.text for p in pieces if p.kind != "added") == old
    assert "".join(p.text for p in pieces if p.kind != "removed") == new
    assert all(p.text for p in pieces)
    assert all(one.kind != other.kind for one, other in pairwise(pieces))
    for kind, text in (("added", old), ("removed", new)):
        ends, place = set(grapheme_cluster_boundaries(text)) | {0}, 0
        for piece in pieces:
            if piece.kind != kind:
                place += len(piece.text)
                assert place in ends


def test_a_change_of_a_detail_is_small() -> None:
    assert [tuple(p) for p in differences("全长约6300公里", "全长约3600公里")] in (
        [("same", "全长约"), ("removed", "6"), ("same", "3"), ("added", "6"), ("same", "00公里")],
        [("same", "全长约"), ("added", "3"), ("same", "6"), ("removed", "3"), ("same", "00公里")],
    )
    assert [tuple(p) for p in differences("x+1", "x-1")] == [
        ("same", "x"), ("removed", "+"), ("added", "-"), ("same", "1"),
    ]  # fmt: skip


def test_a_rewritten_sentence_is_not_shredded() -> None:
    pieces = differences("他昨天去了北京大学图书馆", "我们明天要在上海大剧院看戏")
    assert len(pieces) <= 5


def test_long_texts_are_matched_by_sentences_and_stay_exact() -> None:
    old = "".join(f"第{n}句话说的是长江的第{n * 7 % 13}条支流。" for n in range(1500))
    new = old.replace("第700句话", "第七百句话", 1).replace("第20句话说的是", "第20句话不说", 1) + "完"
    pieces = differences(old, new)
    assert "".join(p.text for p in pieces if p.kind != "added") == old
    assert "".join(p.text for p in pieces if p.kind != "removed") == new
    assert sum(len(p.text) for p in pieces if p.kind != "same") < 40
    other = differences("甲" * 30_000, "乙" * 30_000)
    assert [p.kind for p in other] == ["removed", "added"]


def test_what_is_shown_marks_by_signs_as_well_as_by_style() -> None:
    text, marks = told("甲" * 60 + "旧" + "乙" * 60, "甲" * 60 + "新" + "乙" * 60)
    assert text == " ⋯ " + "甲" * 24 + "[-旧-]{+新+}" + "乙" * 24 + " ⋯ "
    assert [text[a:b] for a, b, name in marks if name == "passage--removed"] == ["旧"]
    assert [text[a:b] for a, b, name in marks if name == "passage--added"] == ["新"]
    assert told("甲" * 90 + "旧", "甲" * 90, whole=True)[0] == "甲" * 90 + "[-旧-]"
