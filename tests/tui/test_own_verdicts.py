"""Verdicts on the disk, and where they lead the annotator; no screen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.decisions import OwnVerdicts, append_decision, read_decisions
from curation.desk import Desk
from schemas.append import append_lines, whole_lines
from schemas.errors import BadData, BadSpec
from schemas.instance import Decision, Instance
from schemas.jsonl import read_models

SAMPLE = Path(__file__).parents[2] / "examples" / "sample_pool.jsonl"


@pytest.fixture
def pool() -> list[Instance]:
    return list(read_models(SAMPLE, Instance))


def test_the_sample_shows_every_form_and_is_the_projects_own(pool: list[Instance]) -> None:
    assert {i.form for i in pool} == {
        "choice", "several_choice", "true_false", "cloze", "worked_answer", "open", "code"
    }  # fmt: skip
    assert {(i.source.name, i.source.licence) for i in pool} == {("sample", "Apache-2.0")}
    assert len({i.id for i in pool}) == len(pool) >= 10


def test_a_verdict_is_a_decision_and_an_undo_is_a_further_one(tmp_path: Path) -> None:
    path = tmp_path / "new" / "decisions.jsonl"
    own = OwnVerdicts(path, "林")
    own.judge("x", True)
    own.judge("y", False)
    assert own.withdraw() == "y"
    assert own.standing == OwnVerdicts(path, "林").standing == {"x": True}
    assert read_decisions(path) == [
        Decision(subject="x", stage="review", rule="林", kept=True),
        Decision(subject="y", stage="review", rule="林", kept=False),
        Decision(subject="y", stage="review_undo", rule="林", kept=False, reason="withdrawn"),
    ]
    assert OwnVerdicts(path, "林").withdraw() == "x"
    assert OwnVerdicts(path, "林").withdraw() is None


def test_withdrawing_an_overruling_leaves_the_first_verdict(tmp_path: Path) -> None:
    own = OwnVerdicts(tmp_path / "d.jsonl", "a")
    own.judge("x", True)
    own.judge("x", False)
    assert own.standing == {"x": False}
    own.withdraw()
    assert own.standing == {"x": True}


def test_colleagues_in_the_same_file_stay_unseen(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    one, two = OwnVerdicts(path, "lin"), OwnVerdicts(path, "wang")
    one.judge("x", False)
    append_decision(path, Decision(subject="x", stage="check", rule="length", kept=False, reason="too long"))
    two.judge("y", True)
    assert OwnVerdicts(path, "wang").standing == {"y": True}
    assert OwnVerdicts(path, "wang").withdraw() == "y"
    assert OwnVerdicts(path, "lin").standing == {"x": False}


@given(st.lists(st.sampled_from(["x+", "x-", "y+", "y-", "undo", "reopen"]), max_size=20))
@settings(max_examples=30, deadline=None)
def test_reopened_anywhere_the_same_stands(steps: list[str]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.jsonl"
        own, model = OwnVerdicts(path, "a"), list[tuple[str, bool]]()
        for step in steps:
            if step == "reopen":
                own = OwnVerdicts(path, "a")
            elif step == "undo":
                expected = model.pop()[0] if model else None
                assert own.withdraw() == expected
            else:
                own.judge(step[0], step[1] == "+")
                model.append((step[0], step[1] == "+"))
            assert own.standing == dict(model)
            assert own.last == (model[-1][0] if model else None)


def test_a_torn_last_line_was_never_a_verdict(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    own = OwnVerdicts(path, "a")
    own.judge("x", True)
    kept = path.read_bytes()
    own.judge("y", True)
    for cut in range(len(kept), len(path.read_bytes())):
        path.write_bytes(path.read_bytes()[:cut] if cut else b"")
        again = OwnVerdicts(path, "a")
        assert again.standing == {"x": True}
        again.judge("y", True)
        assert [d.subject for d in read_decisions(path)] == ["x", "y"]


def test_many_processes_append_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    code = "import sys; from pathlib import Path; from schemas.append import append_lines\n"
    code += "for i in range(60): append_lines(Path(sys.argv[1]), [sys.argv[2] * 500 + str(i)])"
    words = [[sys.executable, "-c", code, str(path), who] for who in "abc"]
    running = [subprocess.Popen(w, cwd=SAMPLE.parents[1]) for w in words]
    assert [p.wait(60) for p in running] == [0, 0, 0]
    lines = [line.decode() for _, line in whole_lines(path)]
    assert sorted(lines) == sorted(who * 500 + str(i) for who in "abc" for i in range(60))


def test_a_long_torn_line_is_cut_back_to_the_last_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"one\n" + b"x" * 200_000)
    append_lines(path, ["two"])
    assert path.read_bytes() == b"one\ntwo\n"
    path.write_bytes(b"x" * 200_000)
    append_lines(path, ["one"])
    assert path.read_bytes() == b"one\n"


def test_damage_and_impossible_names_are_said(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('{"subject":"x","stage":"review","rule":"a","kept":true}\n{"oops":1}\n')
    with pytest.raises(BadData, match=r"d\.jsonl:2: not a decision"):
        OwnVerdicts(path, "a")
    for name in ("", "  ", "a\x1b[2J", "a\nb"):
        with pytest.raises(BadSpec, match="is no name"):
            OwnVerdicts(tmp_path / "other.jsonl", name)


def test_it_opens_where_one_stopped_and_skipped_ones_come_again(pool: list[Instance], tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    desk = Desk(pool, OwnVerdicts(path, "a"))
    assert desk.place == 0
    desk.skip()
    desk.verdicts.judge(desk.instance.id, True)
    desk.skip()
    assert desk.place == 2
    again = Desk(pool, OwnVerdicts(path, "a"))
    assert again.place == 2
    for _ in range(len(pool) - 2):
        again.verdicts.judge(again.instance.id, False)
        again.skip()
    assert again.place == 0
    assert again.judged == len(pool) - 1
    again.verdicts.judge(again.instance.id, True)
    assert not again.skip()
    assert again.judged == len(pool)
    assert Desk(pool, OwnVerdicts(path, "a")).place == 0  # the one judged last, as none is left


def test_undo_stays_within_the_pool(pool: list[Instance], tmp_path: Path) -> None:
    own = OwnVerdicts(tmp_path / "d.jsonl", "a")
    own.judge("an instance of another pool", True)
    desk = Desk(pool, own)
    assert not desk.undo()
    own.judge(pool[3].id, True)
    assert desk.undo()
    assert desk.place == 3
    assert not desk.undo()


def test_repeated_instances_are_shown_once(pool: list[Instance], tmp_path: Path) -> None:
    assert len(Desk([*pool, pool[0]], OwnVerdicts(tmp_path / "d.jsonl", "a")).pool) == len(pool)
