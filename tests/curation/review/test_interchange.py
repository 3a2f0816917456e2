"""Records for Label Studio and Argilla, in the tools' own eyes where they are installed."""

from __future__ import annotations

import importlib
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.review.interchange import export_layout
from curation.review.interchange.argilla import (
    FIELDS,
    argilla_dataset,
    argilla_records,
    argilla_settings,
    argilla_votes,
)
from curation.review.interchange.base import CRITERIA, Row, Verdict, divided, rejoined
from curation.review.interchange.label_studio import (
    SHOWN_FIELDS,
    label_studio_config,
    label_studio_tasks,
    label_studio_votes,
)
from curation.review.process import Process
from schemas.errors import BadData, BadSpec
from schemas.instance import Distractor, Instance, Message, Source
from tests.curation.review.review_rows import candidate, changed, instance, store_of

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J $instruction {{ x }} &amp; ]]> \"'"


def _messages(*texts: tuple[str, str]) -> tuple[Message, ...]:
    return tuple(Message.model_validate({"role": role, "content": text}) for role, text in texts)


def _rows() -> list[Row]:
    choice = Instance(
        ability="biology",
        form="choice",
        messages=_messages(("user", "光合作用吸收\nA.氧气\nB.二氧化碳"), ("assistant", "B")),
        choices=("氧气", "二氧化碳"),
        answer="B",
        source=Source(name="s", row="1"),
    )
    hostile = Instance(
        ability="my_own",
        form="open",
        messages=_messages(("system", HOSTILE), ("user", HOSTILE), ("assistant", HOSTILE)),
        distractors=(Distractor(text=HOSTILE + "!", kind="fine"), Distractor(text="另一个", kind="coarse")),
        source=Source(name=HOSTILE, row=HOSTILE),
    )
    lin = Verdict(annotator="lin", stage="filter", kept=True, seconds=4.5)
    wang = Verdict(annotator="wang", stage="filter", kept=False, reason="incorrect: 应选 A", seconds=2)
    chen = Verdict(annotator="chen", stage="filter", kept=False, reason="unethical")
    return [
        Row(choice, "rejected", (lin, wang, chen)),
        Row(hostile, "passed", (lin,)),
        Row(candidate(3), "revise"),
    ]


EXPECTED = [
    ("lin", True, ""),
    ("wang", False, "incorrect; 应选 A"),
    ("chen", False, "unethical"),
]


def test_every_task_has_what_the_config_shows_and_hostile_text_is_data() -> None:
    root = ElementTree.fromstring(label_studio_config())
    assert not list(root.iter("HyperText"))
    shown = {tag.attrib["value"].removeprefix("$") for tag in root.iter("Text")}
    assert shown == set(SHOWN_FIELDS)
    for task in label_studio_tasks(_rows()):
        assert all(isinstance(task["data"][name], str) for name in (*shown, "title", "id"))
    hostile = list(label_studio_tasks(_rows()))[1]["data"]
    assert hostile["answer"] == HOSTILE
    assert HOSTILE not in label_studio_config()
    assert "B. 二氧化碳 ✓" in next(iter(label_studio_tasks(_rows())))["data"]["options"]


def test_label_studio_gets_members_annotations_and_others_predictions_and_gives_votes_back() -> None:
    first = next(iter(label_studio_tasks(_rows(), emails={"lin": "lin@example.org"})))
    assert [one["completed_by"] for one in first["annotations"]] == [{"email": "lin@example.org"}]
    assert first["annotations"][0]["lead_time"] == 4.5
    assert [one["model_version"] for one in first["predictions"]] == ["wang (filter)", "chen (filter)"]

    emails = {name: f"{name}@example.org" for name in ("lin", "wang", "chen")}
    tasks = json.loads(json.dumps(list(label_studio_tasks(_rows(), emails=emails))))
    tasks[0]["annotations"].append({"was_cancelled": True, "completed_by": 9, "result": []})
    tasks[2]["annotations"] = [{"completed_by": 7, "result": []}]
    votes = list(label_studio_votes(tasks, users={email: name for name, email in emails.items()}))
    of_first = [(v.annotator, v.kept, v.reason) for v in votes if v.id == _rows()[0].content.id]
    assert of_first == EXPECTED
    assert len(votes) == 4
    assert next(iter(label_studio_votes(tasks))).annotator == "lin@example.org"


def test_argilla_gets_responses_of_its_users_and_gives_votes_back() -> None:
    users = {name: str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in ("lin", "wang", "chen")}
    records = json.loads(json.dumps(list(argilla_records(_rows(), users=users))))
    assert records[0]["suggestions"]["verdict"] == {"value": "reject", "score": 2 / 3, "agent": "majority"}
    assert records[2]["suggestions"] == {} == records[2]["responses"]
    assert "answer" not in records[2]["fields"]
    assert records[1]["fields"]["answer"] == HOSTILE
    votes = list(argilla_votes(records, users={user: name for name, user in users.items()}))
    assert [(v.annotator, v.kept, v.reason) for v in votes if v.id == records[0]["id"]] == EXPECTED
    assert "responses" in next(iter(argilla_records(_rows())))
    without = list(argilla_records(_rows()))
    assert list(argilla_votes(without)) == []
    assert without[0]["fields"]["verdicts"].splitlines()[1] == "wang (filter): reject: incorrect: 应选 A"
    records[0]["responses"]["verdict"][0]["status"] = "draft"
    assert "lin" not in {
        v.annotator for v in argilla_votes(records[:1], users={u: n for n, u in users.items()})
    }


def test_no_field_of_argilla_renders_markup() -> None:
    settings = argilla_settings()
    kinds = [one["settings"] for one in (*settings["fields"], *settings["questions"])]
    assert all(one["use_markdown"] is False for one in kinds if one["type"] == "text")
    assert [one["name"] for one in settings["fields"]] == list(FIELDS)


@given(st.lists(st.sampled_from(CRITERIA), unique=True), st.text().filter(lambda t: divided(t)[0] == []))
def test_a_reason_comes_back(criteria: list[str], rest: str) -> None:
    found, said = divided(rejoined(criteria, rest))
    assert found == [c for c in CRITERIA if c in criteria]
    assert said == rest.strip()


def test_a_reason_that_only_begins_like_a_criterion_is_free_text() -> None:
    assert divided("incorrectly spelt") == ([], "incorrectly spelt")
    assert divided("not diverse") == (["not diverse"], "")
    assert divided("incorrect: the answer is C") == (["incorrect"], "the answer is C")


@pytest.mark.parametrize("task", [3, {}, {"data": {}}, {"data": {"id": "x"}, "annotations": [{}]},
                                  {"data": {"id": "x"}, "annotations": [4]},
                                  {"data": {"id": "x"}, "annotations": [{"completed_by": 1, "result": [
                                      {"from_name": "verdict", "value": {"choices": ["maybe"]}}]}]}])  # fmt: skip
def test_a_foreign_task_is_named(task: Any) -> None:
    with pytest.raises(BadData, match="task 1: not a task"):
        list(label_studio_votes([task]))


@pytest.mark.parametrize("record", [3, {"responses": {"verdict": [{}]}}, {"responses": 3},
                                    {"id": "x", "responses": {"verdict": [{"value": "x", "user_id": "u"}]}}])  # fmt: skip
def test_a_foreign_record_is_named(record: Any) -> None:
    with pytest.raises(BadData, match="record 1: not a record"):
        list(argilla_votes([record]))


def test_a_review_is_written_and_undecided_verdicts_stay_here(database_url: str, tmp_path: Path) -> None:
    process = Process(revise=("*",), training_items=0, gold_every=0)
    with store_of(database_url, tmp_path, [instance(1), instance(2), candidate(3)], process=process) as store:
        lin, wang = store.desk("lin"), store.desk("wang")
        first = lin.next(["filter"])
        assert first is not None
        second = lin.judge(first, True).next
        assert second is not None
        lin.judge(second, False, "incorrect", then_next=False)
        theirs = wang.take(first.id)
        assert theirs is not None
        wang.judge(theirs, True, then_next=False)

        counts = export_layout(store, "label-studio", tmp_path / "ls")
        assert (counts.rows, counts.accepted, counts.pending) == (3, 1, 2)
        tasks = json.loads((tmp_path / "ls" / "tasks.json").read_text(encoding="utf-8"))
        assert [t["data"]["state"] for t in tasks] == ["passed", "filter", "revise"]
        assert [len(t.get("predictions", ())) for t in tasks] == [2, 0, 0]
        assert set(tasks[1]) == {"data"}
        assert ElementTree.parse(tmp_path / "ls" / "config.xml").getroot().tag == "View"

        export_layout(store, "argilla", tmp_path / "ar", anonymous=True)
        records = json.loads((tmp_path / "ar" / "records.json").read_text(encoding="utf-8"))
        assert "annotator 1 (filter): approve" in records[0]["fields"]["verdicts"]
        assert "lin (" not in json.dumps(records)
        settings = json.loads((tmp_path / "ar" / ".argilla" / "settings.json").read_text(encoding="utf-8"))
        assert settings["distribution"]["min_submitted"] == 2

        # The revision of a rejected item does not carry the verdicts on what it was.
        theirs = wang.take(second.id)
        assert theirs is not None
        wang.judge(theirs, False, "incorrect", then_next=False)
        revising = lin.next(["revise"])
        assert revising is not None
        made = changed(revising.content, "公元前 221 年")
        lin.revise(revising, made)
        for desk in (store.desk("chen"), store.desk("zhao")):
            review = desk.take(made.id)
            assert review is not None
            desk.judge(review, True, then_next=False)
        export_layout(store, "label-studio", tmp_path / "ls")
        tasks = json.loads((tmp_path / "ls" / "tasks.json").read_text(encoding="utf-8"))
        mended = next(t for t in tasks if t["data"]["id"] == made.id)
        assert [p["model_version"] for p in mended["predictions"]] == ["chen (review)", "zhao (review)"]
        with pytest.raises(BadSpec, match="unknown layout"):
            export_layout(store, "label", tmp_path / "x")


def test_an_empty_review_is_an_empty_array(tmp_path: Path) -> None:
    with store_of(str(tmp_path / "r.db"), tmp_path, []) as store:
        export_layout(store, "argilla", tmp_path / "ar")
    assert json.loads((tmp_path / "ar" / "records.json").read_bytes()) == []


def _label_interface() -> Any:
    return pytest.importorskip("label_studio_sdk.label_interface").LabelInterface(label_studio_config())


def test_label_studio_itself_takes_config_and_tasks() -> None:
    interface = _label_interface()
    interface.validate()
    for emails in ({}, {"lin": "lin@example.org", "wang": "w@example.org"}):
        for task in label_studio_tasks(_rows(), emails=emails):
            assert interface.validate_task({"data": task["data"]})
            for one in task.get("annotations", ()):
                assert interface.validate_annotation(one)
            for one in task.get("predictions", ()):
                assert interface.validate_prediction(one, return_errors=True) == []


def test_label_studio_itself_refuses_what_is_wrong() -> None:
    interface = _label_interface()
    task = next(iter(label_studio_tasks(_rows())))
    task["predictions"][0]["result"][0]["value"] = {"choices": ["maybe"]}
    assert interface.validate_prediction(task["predictions"][0], return_errors=True)
    del task["data"]["instruction"]
    assert not interface.validate_task({"data": task["data"]})


def _argilla() -> Any:
    """The package, with a client that knows no server: settings and records need none to be built."""
    rg = pytest.importorskip("argilla")
    from unittest.mock import MagicMock

    rg.Argilla._default_client = MagicMock()
    return rg


def test_argilla_itself_takes_settings_and_records(tmp_path: Path) -> None:
    rg = _argilla()
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(argilla_settings()), encoding="utf-8")
    settings = rg.Settings.from_json(path)
    settings.validate()
    assert [q.name for q in settings.questions] == ["verdict", "criterion", "reason"]
    assert settings.distribution.min_submitted == 2
    model = importlib.import_module("argilla._models").DatasetModel
    assert model(**argilla_dataset()).name == "review"
    users = {name: str(uuid.uuid5(uuid.NAMESPACE_DNS, name)) for name in ("lin", "wang", "chen")}
    made: Sequence[Any] = [rg.Record.from_dict(one) for one in argilla_records(_rows(), users=users)]
    assert [str(r.id) for r in made] == [row.content.id for row in _rows()]
    labels = {q.name: set(getattr(q, "labels", ())) for q in settings.questions}
    for record in made:
        assert set(record.fields) <= {f.name for f in settings.fields}
        assert set(record.metadata) <= {m.name for m in settings.metadata}
        for response in record.responses:
            values = response.value if isinstance(response.value, list) else [response.value]
            assert not labels[response.question_name] or set(values) <= labels[response.question_name]
    back = [json.loads(json.dumps(record.to_dict())) for record in made]
    votes = list(argilla_votes(back, users={user: name for name, user in users.items()}))
    assert [(v.annotator, v.kept, v.reason) for v in votes if v.id == back[0]["id"]] == EXPECTED
