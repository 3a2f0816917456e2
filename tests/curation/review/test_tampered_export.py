"""Whoever has an export's files changes them, new digests and chains and all: what he did is named, never a traceback."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from curation.review.chain import START, Event, chained
from curation.review.export import export
from curation.review.exported import restore, verify_export
from curation.review.manifest import read_manifest
from curation.review.store import ReviewStore
from schemas.errors import BadData, MissingFile
from tests.curation.review.eventful import eventful_store


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An export; of either database it is the same."""
    with eventful_store(str(tmp_path / "review.db"), tmp_path) as made:
        export(made, tmp_path / "out")
    verify_export(tmp_path / "out")
    return tmp_path / "out"


def lines(path: Path) -> list[list[Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def put(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def signed_again(out: Path) -> None:
    """What a forger does to the manifest, so that it tells of his files."""
    path = out / "review.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    names = [n for n in (*manifest["files"], "agreement.json") if (out / n).exists()]
    manifest["files"] = {name: sha256((out / name).read_bytes()).hexdigest() for name in names}
    path.write_text(json.dumps(manifest), encoding="utf-8")


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("instances.jsonl", "221", "212"),
        ("pending.jsonl", "第15问", "第九问"),
        ("decisions.jsonl", "nothing to mend", "everything to mend"),
        ("agreement.json", '"items":', '"items":1'),
        ("log/events.jsonl", "no date", "a date!"),
        ("log/texts.jsonl", "嬴政称帝", "刘邦称帝"),
        ("log/gold.jsonl", "true", "false"),
        ("log/hints.jsonl", "odd", "even"),
    ],
)
def test_every_file_of_an_export_is_looked_at(out: Path, name: str, old: str, new: str, signed: bool) -> None:
    path = out / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    if signed:
        signed_again(out)
    with pytest.raises(BadData):
        verify_export(out)


@pytest.mark.parametrize(
    "name", ["decisions.jsonl", "agreement.json", "step.json", "log/hints.jsonl", "review.json"]
)
def test_a_file_that_is_gone_is_missed(out: Path, name: str) -> None:
    (out / name).unlink()
    with pytest.raises((BadData, MissingFile)):
        verify_export(out)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("process", {"filter_votes": 1}),
        ("counts", {"rows": 16, "accepted": 16}),
        ("log", False),
        ("anonymous", True),
        ("heads", {}),
    ],
)
@pytest.mark.parametrize("name", ["review.json", "step.json"])
def test_a_manifest_and_a_step_that_say_something_else_are_named(
    out: Path, name: str, field: str, value: Any
) -> None:
    said = json.loads((out / name).read_text(encoding="utf-8"))
    field = {"process": "settings", "log": "stage", "anonymous": "inputs", "heads": "inputs"}[field] if (
        name == "step.json" and field != "counts"
    ) else field  # fmt: skip
    said[field] = {"stage": "check", "inputs": ["/elsewhere.jsonl"]}.get(field, value)
    (out / name).write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(BadData):
        verify_export(out)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("events", 1, "1"),
        ("events", 4, 1.5),
        ("events", 5, None),
        ("texts", 0, None),
        ("texts", 0, 1 << 63),
        ("texts", 3, 7),
        ("texts", 6, 1),
        ("texts", 7, {"a": 1}),
        ("gold", 0, "8"),
        ("gold", 1, None),
        ("gold", 1, True),
        ("hints", 0, [1]),
        ("hints", 3, "1"),
    ],
)
def test_wrong_types_in_a_log_are_told_with_file_and_line(
    out: Path, tmp_path: Path, name: str, column: int, value: Any
) -> None:
    path = out / "log" / f"{name}.jsonl"
    rows = lines(path)
    rows[1][column] = value
    put(path, rows)
    signed_again(out)
    for look in (lambda: verify_export(out), lambda: restore(out, str(tmp_path / "again.db"))):
        with pytest.raises(BadData, match=rf"{name}\.jsonl:2: not "):
            look()
    assert not list(tmp_path.glob("again.db*"))


def chained_again(rows: list[list[Any]]) -> list[list[Any]]:
    """Every chain made to hold again: what a forger who has the whole log can always do."""
    heads: dict[str, tuple[int, str]] = {}
    for row in rows:
        number, previous = heads.get(row[0], (0, START))
        row[1], row[6] = number + 1, previous
        row[7] = chained(previous, *row[:6])
        heads[row[0]] = row[1], row[7]
    return rows


def test_a_log_that_was_chained_again_is_noticed_only_by_heads_kept_elsewhere(
    out: Path, tmp_path: Path
) -> None:
    kept = read_manifest(out)
    rows = lines(out / "log" / "events.jsonl")
    place = Event._fields.index("body") - 1
    for row in rows:
        row[place] = row[place].replace("no date", "a date!")
    put(out / "log" / "events.jsonl", chained_again(rows))
    manifest = json.loads((out / "review.json").read_text(encoding="utf-8"))
    manifest["heads"] = {row[0]: (row[1], row[7]) for row in rows}
    (out / "review.json").write_text(json.dumps(manifest), encoding="utf-8")
    decided = (out / "decisions.jsonl").read_text(encoding="utf-8")
    (out / "decisions.jsonl").write_text(decided.replace("no date", "a date!"), encoding="utf-8")
    signed_again(out)
    verify_export(out)
    with pytest.raises(BadData, match="not the one that was there when the heads were kept"):
        verify_export(out, since=kept)
    with (
        ReviewStore.open(str(tmp_path / "review.db")) as store,
        pytest.raises(BadData, match="not the one that was there"),
    ):
        verify_export(out, store)


KINDS = ("verdict", "revision", "decline", "load", "undo", "enrol", "settings", "hints", "gold")
IMPOSSIBLE = [
    *((kind, ".*", new) for kind in KINDS for new in ("[]", "not JSON")),
    *((kind, '"round"', '"turn"') for kind in ("verdict", "revision", "decline", "undo")),
    *((kind, '"vote":1', '"vote":"one"') for kind in ("verdict", "revision", "decline", "undo")),
    *((kind, '"digest":"', '"digest":"0') for kind in ("revision", "load", "hints", "gold")),
    *((kind, '"first":1', '"first":2') for kind in ("load",)),
]


@pytest.mark.parametrize(("kind", "old", "new"), IMPOSSIBLE)
def test_events_that_cannot_be_are_told_and_leave_nothing(
    out: Path, tmp_path: Path, kind: str, old: str, new: str
) -> None:
    rows = lines(out / "log" / "events.jsonl")
    before = json.dumps(rows)
    for row in rows:
        if row[2] == kind:
            row[4] = re.sub(old, new, row[4], count=1)
    assert json.dumps(rows) != before
    put(out / "log" / "events.jsonl", chained_again(rows))
    manifest = json.loads((out / "review.json").read_text(encoding="utf-8"))
    manifest["heads"] = {row[0]: (row[1], row[7]) for row in rows}
    (out / "review.json").write_text(json.dumps(manifest), encoding="utf-8")
    signed_again(out)
    with pytest.raises(BadData):
        restore(out, str(tmp_path / "again.db"))
    assert not list(tmp_path.glob("again.db*"))
