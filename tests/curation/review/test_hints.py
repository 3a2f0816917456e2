"""Hints beside items: what curation's steps find in a pool of instances and candidates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from curation.review.hints import NAMED, Hint, hints_for
from curation.review.load import load, load_hints
from curation.review.store import ReviewStore
from schemas.errors import BadSpec
from schemas.instance import Candidate, Instance, Message, Source
from schemas.jsonl import write_jsonl

QUESTION = (
    "学校图书角新到了一本故事书，封面上画着一艘帆船。一本书有三百二十页，小明第一天读了全书的四分之一，"
    "第二天读了余下的三分之一，第三天没有时间读书，第四天打算把剩下的读完，那么第四天要读多少页？"
)


def made(row: str, prompt: str, answer: str, form: str = "worked_answer") -> Instance:
    return Instance.model_validate(
        {
            "ability": "math",
            "form": form,
            "messages": [
                {"role": "user", "content": prompt},
                {"role": "assistant", "content": f"答案：{answer}"},
            ],
            "answer": answer if form == "worked_answer" else "",
            "source": {"name": "made", "row": row},
        }
    )


def asked(row: str, prompt: str) -> Candidate:
    messages = (Message(role="user", content=prompt),)
    return Candidate(
        ability="math", form="worked_answer", messages=messages, source=Source(name="asked", row=row)
    )


def hints(
    folder: Path, rows: Sequence[Instance | Candidate], test: Sequence[Instance] = (), **settings: object
) -> list[Hint]:
    write_jsonl(folder / "pool.jsonl", rows)
    against = []
    if test:
        write_jsonl(folder / "test.jsonl", test)
        against.append(folder / "test.jsonl")
    return list(hints_for([folder / "pool.jsonl"], against=against, **settings))  # type: ignore[arg-type]


def of(found: Sequence[Hint], row: Instance | Candidate, kind: str) -> list[str]:
    return [h.text for h in found if h.id == row.id and h.kind == kind]


def test_near_duplicates_name_each_other_and_say_what_differs(tmp_path: Path) -> None:
    same = made("1", QUESTION, "160")
    alike = made("2", QUESTION.replace("小明", "小红"), "160")
    other = made("3", QUESTION.replace("三百二十", "三百六十"), "180")
    conflict = made("4", "甲地到乙地有多少千米？", "5"), made("5", "甲地到乙地有多少千米？", "6")
    rows = [same, alike, other, *conflict, made("6", "把水烧开要多久？", "7")]
    found = hints(tmp_path, rows)
    pairs = {(h.id, h.other) for h in found}
    assert {(same.id, alike.id), (alike.id, same.id), (other.id, same.id)} <= pairs
    assert any("the same text as made:1" in text for text in of(found, alike, "near_duplicate"))
    assert any("but with other numbers" in text for text in of(found, other, "near_duplicate"))
    assert of(found, conflict[1], "near_duplicate") == ["the same prompt as made:4 with another gold answer"]
    assert of(found, conflict[0], "near_duplicate") == ["the same prompt as made:5 with another gold answer"]
    assert not of(found, rows[-1], "near_duplicate")
    assert not [h for h in hints(tmp_path, rows, near=False) if h.kind == "near_duplicate"]


def test_a_crowd_is_counted(tmp_path: Path) -> None:
    rows = [made(str(n), QUESTION.replace("小明", f"小{chr(0x6000 + 50 * n)}"), "160") for n in range(12)]
    found = hints(tmp_path, rows)
    assert len(of(found, rows[0], "near_duplicate")) == NAMED + 1
    assert f"and {11 - NAMED} more are like it" in of(found, rows[0], "near_duplicate")
    assert all(len(of(found, row, "near_duplicate")) == 1 for row in rows[1:])


def test_candidates_take_part_with_what_is_asked(tmp_path: Path) -> None:
    one, twin = made("1", QUESTION, "160"), asked("2", QUESTION.replace("小明", "小刚"))
    phone = asked("3", "我的电话是 13912345670，请问怎么算？")
    rows: list[Instance | Candidate] = [twin, one, phone]
    found = hints(tmp_path, rows, [made("9", "我的电话是 13912345670，请问怎么算？", "1")])
    assert (twin.id, one.id) in {(h.id, h.other) for h in found} | {(h.other, h.id) for h in found}
    assert {h.id for h in found} <= {row.id for row in rows}
    assert {h.other for h in found if h.other} <= {row.id for row in rows}
    assert "another answer" not in "".join(of(found, twin, "near_duplicate"))
    assert of(found, phone, "personal") == [
        "message 1 (user), character 7: looks like a mobile number, '139********'"
    ]
    assert of(found, phone, "leak")
    assert not any("待答" in h.text or "response" in h.text for h in found)


def test_rules_and_personal_data_are_apart_and_settings_count(tmp_path: Path) -> None:
    hostile = made("1", "请算\x1b[2J一加一等于几，写出过程。", "2")
    mail = made("2", "把结果发到 li.lei@qq.com.cn，三加四等于几？", "7")
    found = hints(tmp_path, [hostile, mail])
    (text,) = of(found, hostile, "rule")
    assert text.startswith("mojibake: message 1 (user), character 3: a control character")
    assert "\x1b" not in text
    assert "e-mail" in of(found, mail, "personal")[0]
    off = hints(tmp_path, [hostile, mail], rules={"mojibake": False, "pii": {"email": False}})
    assert not [h for h in off if h.kind in ("rule", "personal")]
    with pytest.raises(BadSpec, match="unknown rule"):
        hints(tmp_path, [mail], rules={"nothing": True})


def test_leaks_say_which_test_item_and_how(tmp_path: Path) -> None:
    same = made("1", QUESTION, "160")
    test = [
        made("a", QUESTION, "160"),
        *(made(f"b{n}", QUESTION + f"再说说第{n}天。", "1") for n in range(8)),
    ]
    found = hints(tmp_path, [same, made("2", "把水烧开要多久？", "7")], test)
    leaks = of(found, same, "leak")
    assert leaks[0].startswith("the same prompt as test item made:a: ")
    assert len(leaks) == NAMED + 1
    assert leaks[-1] == f"and {9 - NAMED} more test items leak"
    assert {h.id for h in found if h.kind == "leak"} == {same.id}


def test_hostile_names_stay_on_their_line(tmp_path: Path) -> None:
    row = made("1\x1b[2J\nnext", QUESTION, "160")
    found = hints(tmp_path, [row, made("2", QUESTION.replace("小明", "小红"), "160")], [row])
    assert found
    for hint in found:
        assert hint.text.isprintable(), hint


def test_over_processes_the_same_comes_out(tmp_path: Path) -> None:
    rows = [
        made(str(n), f"{QUESTION}第{n % 900}题，{'甲乙丙丁' * 60}{chr(0x4E00 + n)}。", "1")
        for n in range(6000)
    ]
    rows += [made("x", "发到 li.lei@qq.com.cn，三加四等于几？", "7")]
    one, two = hints(tmp_path, rows, near=False), hints(tmp_path, rows, near=False, workers=2)
    assert one == two
    assert of(one, rows[-1], "personal")


def test_hints_come_to_the_items_of_a_store(tmp_path: Path) -> None:
    one, twin = made("1", QUESTION, "160"), made("2", QUESTION.replace("小明", "小红"), "160")
    write_jsonl(tmp_path / "pool.jsonl", [one, twin])
    with ReviewStore.open(str(tmp_path / "r.db"), create=True) as store:
        load(store, [tmp_path / "pool.jsonl"], workers=1)
        assert load_hints(store, hints_for([tmp_path / "pool.jsonl"])) == 2
        assert load_hints(store, hints_for([tmp_path / "pool.jsonl"])) == 0
        store.enrol("lin")
        desk = store.desk("lin")
        work = desk.next()
        assert work is not None
        assert desk.hints(work.item) == []
        desk.judge(work, True, then_next=False)
        assert [h.other for h in desk.hints(work.item)] == [twin.id if work.id == one.id else one.id]


def test_an_empty_pool_has_none(tmp_path: Path) -> None:
    assert hints(tmp_path, []) == []
