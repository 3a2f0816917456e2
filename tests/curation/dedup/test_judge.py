"""Who stays: by rule, without chains, and what is kept although it is similar."""

from __future__ import annotations

import random

import pytest

from schemas.errors import BadSpec
from tests.curation.curation_rows import choice, open_item
from tests.curation.dedup.dedup_rows import edited, item, run, text

DRAW = random.Random(11)
BASE = text(DRAW, 100)
OTHER = BASE[:50] + "龘" + BASE[50:]


def three(**last):
    return [
        open_item(BASE, "短", row="1", origin="synthetic", source="b"),
        open_item(OTHER, "短", row="2", source="a"),
        open_item(BASE[:30] + "靐" + BASE[30:], "短", row="3", source="b", **last),
    ]


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (("human", "first"), ["2"]),
        (("first",), ["1"]),
        (("last",), ["3"]),
        (("synthetic",), ["1"]),
        (("shortest",), ["1"]),
        (("longest", "last"), ["3"]),
        (("source:a",), ["2"]),
        (("source:b", "human"), ["3"]),
    ],
)
def test_the_keeper_is_chosen_by_rule(tmp_path, keep, kept):
    left = run(tmp_path, three(), keep=keep)
    assert left.rows == kept
    (cluster,) = left.clusters
    assert [m["row"].split(":")[1] for m in cluster["members"] if m["kept"]] == kept
    assert cluster["keeper"] == cluster["members"][0]["id"]


def test_a_source_that_no_row_comes_from_is_an_error(tmp_path):
    with pytest.raises(BadSpec, match="nowhere"):
        run(tmp_path, three(), keep=("source:nowhere",))


def chain(draw: random.Random, links: int) -> list:
    """Each row is similar to the next one only."""
    rows, current = [], text(draw, 120)
    for number in range(links):
        rows.append(open_item(current, "短", row=str(number)))
        current = current[9:] + text(draw, 9)
    return rows


def test_a_chain_does_not_take_out_what_is_unlike_its_keeper(tmp_path):
    rows = chain(random.Random(2), 6)
    left = run(tmp_path, rows)
    assert left.rows == ["0", "2", "4"]
    whole = run(tmp_path, rows, linkage="single")
    assert whole.rows == ["0"]
    members = whole.clusters[0]["members"]
    assert [m.get("via") is not None for m in members if m["row"] == "s:1"] == [False]
    assert [m.get("via") for m in members if m["row"] == "s:2"] == [rows[1].id]
    reason = next(d["reason"] for d in whole.decisions if d["subject"] == "s:5")
    assert "s:4" in reason
    assert "which went for s:0" in reason


def test_short_texts_are_compared_for_equality_only(tmp_path):
    rows = [open_item("写一首诗", "春天来了", row="1"), open_item("写一首诗", "春天来了啊", row="2")]
    assert run(tmp_path, rows).rows == ["1", "2"]
    assert run(tmp_path, rows, shortest=5, near=0.5).rows == ["1"]
    same = [open_item("写一首诗", "春天来了", row="1"), open_item("写一首诗 ", "春天来了", row="2")]
    assert run(tmp_path, same).rows == ["1"]


STEM = "图书馆原来有一批新书要分给各个班级，老师和同学们一起把书搬到了教室里面并且整理好，"
PASSAGE = text(random.Random(4), 160)
PAIRS = {
    "numbers": (
        item(f"{STEM}一共搬了12本，对吗？", "对", row="1"),
        item(f"{STEM}一共搬了13本，对吗？", "对", row="2"),
    ),
    "numbers, Chinese ones": (
        item(f"{STEM}一共搬了三本，对吗？", "对", row="1"),
        item(f"{STEM}一共搬了五本，对吗？", "对", row="2"),
    ),
    "gold": (
        item(f"{STEM}搬的都是新书，对吗？", "对", row="1"),
        item(f"{STEM}搬的都是好书，对吗？", "错", row="2"),
    ),
    "negation": (
        item(f"{STEM}同学们想参加，对吗？", "对", row="1"),
        item(f"{STEM}同学们不想参加，对吗？", "对", row="2"),
    ),
    "options": (
        choice(f"{STEM}这些书最后分给了谁？", options=("甲班", "乙班"), row="1"),
        choice(f"{STEM}这些书最后分给了谁？", options=("甲班", "丙班"), row="2"),
    ),
    "question": (
        item(f"{PASSAGE}\n作者住在城里，对吗？", "对", row="1"),
        item(f"{PASSAGE}\n他的朋友是老师，是不是？", "对", row="2"),
    ),
    "gold, of a free response": (
        open_item(f"{PASSAGE}\n续写一句。", "春天来了，花都开了。", row="1"),
        open_item(f"{PASSAGE}\n续写一句。", "他走进雨里，没有回头。", row="2"),
    ),
}


@pytest.mark.parametrize("case", list(PAIRS))
def test_alike_and_yet_not_the_same(tmp_path, case):
    reason = case.split(",")[0]
    left = run(tmp_path, PAIRS[case])
    assert left.rows == ["1", "2"]
    (member,) = left.members("apart")
    assert reason in member["apart"]
    assert left.report.apart[reason] == 1
    off = tuple(r for r in ("numbers", "gold", "options", "negation", "question") if r not in member["apart"])
    gone = run(tmp_path, PAIRS[case], apart=off, conflicts="first")
    assert gone.rows == ["1"]


def test_shuffled_options_with_the_same_right_one_are_one_item(tmp_path):
    long = STEM + text(DRAW, 60)
    rows = [
        choice(f"{long}？", "A", options=("甲班", "乙班"), row="1"),
        choice(f"{long}？", "B", options=("乙班", "甲班"), row="2"),
    ]
    assert run(tmp_path, rows).rows == ["1"]
    rows[1] = choice(f"{long}？", "A", options=("乙班", "甲班"), row="2")
    assert run(tmp_path, rows).rows == ["1", "2"]


def test_numbers_in_free_responses_do_not_matter_but_in_prompts_they_do(tmp_path):
    rows = [open_item(BASE, "共3个" + BASE, row="1"), open_item(BASE, "共4个" + BASE, row="2")]
    assert run(tmp_path, rows).rows == ["1"]


def test_a_word_problem_of_one_template_stays_in_all_its_numbers(tmp_path):
    rows = [item(f"{STEM}一共搬了{n}本，对吗？", "对", row=str(n)) for n in range(100, 400)]
    left = run(tmp_path, rows)
    assert len(left.rows) == 300
    assert left.report.apart == {"numbers": 299}
    assert sum(len(c["members"]) for c in left.clusters) <= 2 * len(rows)


def test_of_a_crowd_of_copies_one_is_left(tmp_path):
    draw = random.Random(5)
    template = text(draw, 160)
    rows = [open_item(template + text(draw, 4), "短", row=str(n)) for n in range(1500)]
    left = run(tmp_path, rows)
    assert left.report.crowded == 1500
    assert left.rows == ["0"]
    assert run(tmp_path, rows, keep=("last",), out="last").rows == ["1499"]


def test_exact_duplicates_of_one_that_went_name_who_stays(tmp_path):
    changed = edited(BASE, random.Random(6))
    rows = [
        open_item(BASE, "短", row="1"),
        open_item(changed, "短", row="2"),
        open_item(changed + " ", "短", row="3"),
    ]
    left = run(tmp_path, rows)
    last = left.decisions[1]
    assert (last["rule"], last["evidence"]) == ("duplicate", rows[0].id)
    assert last["reason"] == "the same as s:2, which went for s:1"
    assert len(left.clusters) == 1


def test_a_conflict_that_nobody_survives_has_no_keeper(tmp_path):
    rows = [choice("哪个", "A", row="1"), choice("哪个", "B", row="2"), choice("谁", row="3")]
    left = run(tmp_path, rows)
    assert left.rows == ["3"]
    (cluster,) = left.clusters
    assert cluster["keeper"] is None
    assert [m["kept"] for m in cluster["members"]] == [False, False]
    assert cluster["dropped"] == 2
    assert all("evidence" not in d and "several gold answers" in d["reason"] for d in left.decisions)
