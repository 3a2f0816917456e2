"""Loading by its command: a mistake in whatever was named leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.__main__ import COMMANDS
from curation.review.earlier import Ids, earlier
from curation.review.hints import hints_for
from curation.review.load import load
from curation.review.store import ReviewStore
from schemas.cli import main
from schemas.errors import ExitCode
from schemas.instance import Instance
from schemas.jsonl import read_models, write_jsonl
from tests.curation.review.review_rows import instance

QUESTION = (
    "小明以每小时八十千米的速度从甲地开往乙地，全程三百二十千米，请问中午十二点以前能不能到达？为什么？"
)


def run(*words: str) -> int:
    return main("curation", "", COMMANDS, ("review", "load", *words))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "pool.jsonl", [instance(n) for n in range(3)])
    (tmp_path / "bad.jsonl").write_text('{"ability": "history"}\n', encoding="utf-8")
    (tmp_path / "settings.toml").write_text("[review]\nfilter_votes = 3\n", encoding="utf-8")
    (tmp_path / "other.toml").write_text("[review]\nfilter_vote = 3\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("none.jsonl",), ExitCode.MISSING_FILE, "none.jsonl"),
        (("pool.jsonl", "bad.jsonl"), ExitCode.BAD_DATA, "bad.jsonl:1"),
        (("pool.jsonl", "--gold", "none.jsonl"), ExitCode.MISSING_FILE, "none.jsonl"),
        (("pool.jsonl", "--gold", "bad.jsonl"), ExitCode.BAD_DATA, "bad.jsonl:1"),
        (("pool.jsonl", "--against", "none.jsonl"), ExitCode.MISSING_FILE, "none.jsonl"),
        (("pool.jsonl", "--against", "bad.jsonl"), ExitCode.BAD_DATA, "bad.jsonl:1"),
        (("pool.jsonl", "--against", "pool.jsonl", "--no-hints"), ExitCode.BAD_SPEC, "--against"),
        (("pool.jsonl", "--settings", "other.toml"), ExitCode.BAD_SPEC, "filter_votes"),
        (("pool.jsonl", "--workers", "0"), ExitCode.BAD_SPEC, "--workers"),
        ((), ExitCode.BAD_SPEC, "nothing to load"),
    ],
)
def test_a_mistake_leaves_nothing_behind(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: ExitCode, told: str
) -> None:
    before = sorted(path.name for path in folder.iterdir())
    assert run(*words, "--db", "review.db") == code
    said = capsys.readouterr()
    assert told in said.err
    assert "--against-format" not in said.err
    assert not said.out
    assert sorted(path.name for path in folder.iterdir()) == before
    # And the same command without the mistake makes the store with the settings that it names.
    assert run("pool.jsonl", "--db", "review.db", "--settings", "settings.toml", "--no-hints") == 0
    with ReviewStore.open("review.db") as store:
        assert store.process.filter_votes == 3


def test_near_duplicates_are_found_across_loads(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.curation.review.test_hints import asked, made

    first = [made("1", QUESTION, "160"), made("2", QUESTION.replace("小明", "小红"), "160")]
    second = [made("3", QUESTION.replace("小明", "小刚"), "160"), made("4", "把水烧开要多久？", "7")]
    third = [asked("5", QUESTION.replace("小明", "小丽"))]
    gold = {"instance": made("9", QUESTION.replace("小明", "小华"), "160").model_dump(mode="json")}
    (folder / "gold.jsonl").write_text(
        json.dumps({**gold, "approve": True}, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    for name, rows in (("first", first), ("second", second), ("third", third)):
        write_jsonl(folder / f"{name}.jsonl", rows)

    def hints(name: str) -> int:
        capsys.readouterr()
        assert run(f"{name}.jsonl", "--db", "review.db", "--gold", "gold.jsonl") == 0
        (line,) = [one for one in capsys.readouterr().out.splitlines() if "hints" in one]
        return int(line.split()[0])

    assert hints("first") == 2
    assert hints("second") == 2  # each way, and nothing of the gold item
    assert hints("second") == 0  # what is there already is not its own near-duplicate
    assert hints("third") == 2
    with ReviewStore.open("review.db") as store:
        store.enrol("lin", status="active")
        desk = store.desk("lin")
        work = desk.take(second[0].id)
        assert work is not None
        desk.judge(work, True, then_next=False)
        others = {hint.other for hint in desk.hints(work.item)}
        assert others <= {first[0].id, first[1].id, third[0].id}
        assert others


def test_a_new_item_is_compared_with_what_an_earlier_one_holds_now(folder: Path) -> None:
    from curation.review.process import Process
    from tests.curation.review.test_hints import made

    old = made("1", "把水烧开要多久？", "7")
    write_jsonl(folder / "first.jsonl", [old, made("2", "一年有几天？", "365")])
    write_jsonl(folder / "second.jsonl", [made("3", QUESTION.replace("小明", "小红"), "160")])
    with ReviewStore.open("review.db", create=True, process=Process(filter_votes=1, revise=("*",))) as store:
        load(store, [folder / "first.jsonl"], workers=1)
        store.enrol("lin", status="active")
        desk = store.desk("lin")
        work = desk.take(old.id)
        assert work is not None
        desk.judge(work, False, then_next=False)
        work = store.desk("lin").take(old.id)
        assert work is not None
        assert desk.revise(work, made("1", QUESTION, "160").model_copy(update={"parents": (old.id,)})).counted
        before = earlier(store, Ids(), folder / "before.jsonl")
        assert before is not None
        found = list(hints_for([folder / "second.jsonl"], earlier=before))
        assert {(h.id == old.id, h.other == old.id) for h in found} == {(True, False), (False, True)}
        # What was there before is compared with nothing of itself, and nothing is left if all of it was loaded now.
        everything = Ids()
        everything.add(*(one.id for one in read_models(folder / "first.jsonl", Instance)))
        assert earlier(store, everything, folder / "none.jsonl") is None


@given(st.lists(st.integers(0, 2**256 - 1), max_size=30), st.lists(st.integers(0, 2**256 - 1), max_size=5))
def test_ids_are_known_again(there: list[int], others: list[int]) -> None:
    ids, texts = Ids(), [f"{n:064x}" for n in there]
    for text in texts:
        ids.add(text)
        assert text in ids
    assert len(ids) == len(texts)
    begins = {text[:16] for text in texts}
    assert all((f"{n:064x}" in ids) == (f"{n:064x}"[:16] in begins) for n in others)
