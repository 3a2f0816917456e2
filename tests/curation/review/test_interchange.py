"""Records for other tools: what is in them, what is not, and that the real packages take them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from curation.__main__ import COMMANDS
from curation.review.interchange import export_layout
from curation.review.interchange.criteria import divided
from curation.review.load import load_gold
from curation.review.records import Work
from curation.review.store import ReviewStore
from schemas.cli import main
from schemas.errors import BadSpec
from schemas.instance import Candidate, Distractor, Instance, Message, Source
from tests.curation.review.review_rows import candidate, changed, instance, store_of

HOSTILE = '\x1b[2J<script>alert("x")</script> ]]> & $ability {{x}} **bold** \u202e倒\u202c\u2028 http://'
ROOT = Path(__file__).parents[3]
GOLD = ROOT / "examples" / "review" / "gold.jsonl"


def hostile() -> Instance:
    return Instance(
        ability="creative_writing",
        form="open",
        messages=(Message(role="user", content=HOSTILE), Message(role="assistant", content=HOSTILE)),
        distractors=(Distractor(text="https://example.com/" + HOSTILE, kind="fine"),),
        source=Source(name=HOSTILE, row="1"),
    )


def judge(store: ReviewStore, name: str, kept: bool, wanted: str, reason: str = "") -> None:
    work = store.desk(name).take(wanted)
    assert isinstance(work, Work)
    assert store.desk(name).judge(work, kept, reason, 2.5, then_next=False).counted


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[ReviewStore]:
    """Passed, rejected, one vote of two, nothing yet, and a candidate that was answered and reviewed by one."""
    rows: list[Instance | Candidate] = [hostile(), instance(1), instance(2), instance(3), candidate(1)]
    with store_of(database_url, tmp_path, rows) as made:
        judge(made, "lin", True, rows[0].id)
        judge(made, "wang", True, rows[0].id)
        judge(made, "lin", True, rows[1].id)
        judge(made, "chen", False, rows[1].id, "incorrect: " + HOSTILE)
        judge(made, "lin", False, rows[2].id, "secret")
        work = made.desk("lin").take(rows[4].id)
        assert work is not None
        made.desk("lin").revise(work, changed(rows[4], "床前明月光"), "secret")
        judge(made, "chen", False, rows[4].id, "secret")
        load_gold(made, GOLD)
        yield made


def exported(store: ReviewStore, layout: Any, out: Path, anonymous: bool = False) -> list[dict[str, Any]]:
    counts = export_layout(store, layout, out, anonymous)
    assert (counts.rows, counts.accepted, counts.rejected, counts.pending) == (5, 1, 1, 3)
    if layout == "label-studio":
        found: list[dict[str, Any]] = json.loads((out / "tasks.json").read_bytes())
    else:
        found = [json.loads(line) for line in (out / "records.jsonl").read_bytes().splitlines()]
    assert len(found) == counts.rows
    return found


@pytest.mark.parametrize("layout", ["label-studio", "argilla"])
def test_nobodys_verdict_on_an_undecided_item_leaves_the_store(
    layout: str, store: ReviewStore, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    rows = exported(store, layout, out)
    for row in rows[2:]:
        assert not row.get("annotations")
        assert not row.get("responses")
        assert "pending" in json.dumps(row)
        for stage in ("filter", "revise", "review"):
            assert f'"{stage}"' not in json.dumps(row)
    for path in out.iterdir():
        assert "secret" not in path.read_text(encoding="utf-8")
        assert "Movable type" not in path.read_text(encoding="utf-8")


def test_label_studio_gets_verdicts_as_choices_and_hostile_text_as_data(
    store: ReviewStore, tmp_path: Path
) -> None:
    rows = exported(store, "label-studio", tmp_path / "out")
    first, second = rows[0], rows[1]
    assert Instance.model_validate_json(first["data"]["instance"]) == hostile()
    assert first["data"]["prompt"] == f"[user]\n{HOSTILE}"
    assert [a["result"][0]["value"]["choices"] for a in first["annotations"]] == [["approve"]] * 2
    assert [a["lead_time"] for a in first["annotations"]] == [2.5, 2.5]
    refused = next(a for a in second["annotations"] if a["result"][0]["value"]["choices"] == ["reject"])
    assert refused["result"][1]["value"]["choices"] == ["incorrect"]
    assert refused["result"][2]["value"]["text"] == [HOSTILE.strip()]
    assert refused["result"][0]["meta"]["text"] == ["chen", "filter"]
    ids = [region["id"] for row in rows for a in row.get("annotations", ()) for region in a["result"]]
    assert len(ids) == len(set(ids)) == 6
    # What the interface shows is in every task, and no text is ever fetched as an address.
    view = ElementTree.parse(tmp_path / "out" / "config.xml")
    for tag in view.iter("Text"):
        assert tag.get("valueType") == "text"
        assert all(isinstance(row["data"][str(tag.get("value"))[1:]], str) for row in rows)


def test_argilla_gets_a_response_of_every_annotator(store: ReviewStore, tmp_path: Path) -> None:
    rows = exported(store, "argilla", tmp_path / "out")
    users = json.loads((tmp_path / "out" / "users.json").read_bytes())
    assert sorted(users.values()) == ["chen", "lin", "wang"]
    assert [users[r["user_id"]] for r in rows[0]["responses"]["verdict"]] == ["lin", "wang"]
    assert [(users[r["user_id"]], r["value"]) for r in rows[1]["responses"]["reason"]] == [
        ("chen", HOSTILE.strip())
    ]
    assert [r["value"] for r in rows[1]["responses"]["criterion"]] == [["incorrect"]]
    assert rows[0]["fields"]["response"] == HOSTILE
    assert Instance.model_validate_json(rows[0]["metadata"]["instance"]) == hostile()
    wanted = json.loads((tmp_path / "out" / "settings.json").read_bytes())
    assert all(not field["settings"]["use_markdown"] for field in wanted["fields"])
    assert len(wanted["guidelines"]) < 10_000  # more than that a server refuses
    assert {name for row in rows for name in row["fields"]} <= {field["name"] for field in wanted["fields"]}


@pytest.mark.parametrize("layout", ["label-studio", "argilla"])
def test_anonymous_names_nobody(layout: str, store: ReviewStore, tmp_path: Path) -> None:
    exported(store, layout, tmp_path / "out", anonymous=True)
    for path in (tmp_path / "out").iterdir():
        text = path.read_text(encoding="utf-8")
        for name in ("lin", "wang", "chen"):
            assert f'"{name}"' not in text
    both = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").iterdir())
    assert '"annotator 1"' in both


def test_a_verdict_on_a_text_that_was_revised_away_stays_behind(database_url: str, tmp_path: Path) -> None:
    from curation.review.process import Process

    row = instance(1)
    with store_of(database_url, tmp_path, [row], process=Process(revise=("*",))) as store:
        for name in ("lin", "wang"):
            judge(store, name, False, row.id, "old")
        work = store.desk("chen").take(row.id)
        assert work is not None
        store.desk("chen").revise(work, changed(row, "前221年"))
        for name in ("lin", "zhao"):
            judge(store, name, True, row.id)
        export_layout(store, "label-studio", tmp_path / "out")
    (task,) = json.loads((tmp_path / "out" / "tasks.json").read_bytes())
    assert [a["result"][0]["meta"]["text"] for a in task["annotations"]] == [
        ["lin", "review"],
        ["zhao", "review"],
    ]
    assert task["data"]["response"] == "前221年"
    assert "old" not in json.dumps(task["annotations"])


@pytest.mark.parametrize(
    ("reason", "criteria", "rest"),
    [
        ("", [], ""),
        ("unethical", ["unethical"], ""),
        ("incorrect; not diverse; twice the same", ["incorrect", "not diverse"], "twice the same"),
        ("incorrectly spelt", [], "incorrectly spelt"),
        ("答案不对", [], "答案不对"),
    ],
)
def test_criteria_are_taken_out_of_a_reason(reason: str, criteria: list[str], rest: str) -> None:
    assert divided(reason) == (criteria, rest)


def test_an_empty_store_gives_empty_files(tmp_path: Path) -> None:
    with ReviewStore.open(str(tmp_path / "review.db"), create=True) as store:
        assert export_layout(store, "label-studio", tmp_path / "one").rows == 0
        assert export_layout(store, "argilla", tmp_path / "two").rows == 0
    assert json.loads((tmp_path / "one" / "tasks.json").read_bytes()) == []
    assert (tmp_path / "two" / "records.jsonl").read_bytes() == b""


def test_another_layout_may_go_into_the_folder_but_an_export_is_not_written_over(tmp_path: Path) -> None:
    from curation.review.export import export

    with store_of(str(tmp_path / "review.db"), tmp_path, [instance(1)]) as store:
        export(store, tmp_path / "out")
        with pytest.raises(BadSpec):
            export_layout(store, "argilla", tmp_path / "out")
    assert not (tmp_path / "out" / "records.jsonl").exists()


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = tmp_path / "review.db"
    store_of(str(database), tmp_path, [instance(1), instance(2)]).close()
    out = tmp_path / "out"
    words = ["review", "export", "--db", str(database), "--layout", "label-studio", "--out", str(out)]
    assert not main("curation", "", COMMANDS, words)
    assert "rows in 2 = accepted 0 + rejected 0 + pending 2" in capsys.readouterr().out
    assert (out / "config.xml").is_file()
    assert json.loads((out / "step.json").read_bytes())["stage"] == "interchange"


@pytest.fixture(scope="module")
def elsewhere() -> Path:
    """The Python of an environment with the packages of Label Studio and Argilla."""
    named = os.environ.get("ABILITYMIX_INTERCHANGE")
    python = Path(named) if named else ROOT / ".venv-interchange" / "bin" / "python"
    if not named and not python.exists():
        pytest.skip("no environment with label-studio-sdk and argilla: `make interchange` makes one")
    return python


@pytest.mark.parametrize("layout", ["label-studio", "argilla"])
def test_their_own_packages_take_it(layout: str, store: ReviewStore, tmp_path: Path, elsewhere: Path) -> None:
    exported(store, layout, tmp_path / "out")
    check = Path(__file__).with_name("interchange_check.py")
    words = [str(elsewhere), "-I", str(check), layout, str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout.strip()) == (0, "taken"), done.stderr
