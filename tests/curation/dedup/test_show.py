"""Clusters in the terminal: what differs is visible, nothing moves the terminal, filters find what they name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.dedup.settings import REASONS
from curation.dedup.show import Cluster, Wanted, difference, find_clusters, marked, texts_of
from schemas.errors import BadData, ExitCode, MissingFile
from schemas.jsonl import read_models
from tests.curation.curation_rows import open_item
from tests.curation.dedup.dedup_rows import families, run
from tests.curation.test_curation_commands import run as command

HOSTILE = "写一段红\x1b[31m色\u202e的话，要求语气亲切，长度适中，内容完整，条理清楚，让人一看就懂。"


def test_what_differs_is_marked():
    assert difference("甲乙丙", "甲丁丙") == "甲[-乙-]{+丁+}丙"
    assert difference("甲乙", "甲 乙") == "甲{+␣+}乙"
    assert difference("甲\u200b乙", "甲乙") == "甲[-\\u200b-]乙"
    assert difference("（甲）", "(甲)") == "[-（-]{+(+}甲[-）-]{+)+}"
    assert difference("甲\n乙", "甲乙") == "甲[-↵-]乙"
    assert difference("同", "同") == "(the same text)"
    long = "长" * 200
    assert difference(long + "甲" + long, long + "乙" + long) == f"…{'长' * 12}[-甲-]{{+乙+}}{'长' * 12}…"
    assert difference(long + "甲", long + "乙", full=True) == f"{long}[-甲-]{{+乙+}}"


@given(st.text(st.sampled_from("甲乙 \n\x1b\u202e\u200b\u3000x"), max_size=30), st.text(max_size=30))
def test_a_difference_holds_nothing_that_moves_a_terminal(one, other):
    for shown in (difference(one, other), difference(one, other, full=True), marked(other)):
        assert not any(char in shown for char in "\x1b\n\r\u202e\x07\x9b")


def test_every_line_of_clusters_is_a_cluster(tmp_path):
    left = run(tmp_path, families(12, 60))
    clusters = list(read_models(left.folder / "clusters.jsonl", Cluster))
    assert len(clusters) == sum(left.report.clusters.values()) > 10
    assert all(set(m.apart) <= set(REASONS) for c in clusters for m in c.members)
    assert sum(c.dropped for c in clusters) == len(left.decisions)
    found, count = find_clusters(left.folder, Wanted(), 3)
    assert count == len(clusters)
    assert [len(c.members) for c in found] == sorted((len(c.members) for c in clusters), reverse=True)[:3]
    texts, problem = texts_of(left.folder, found, 10)
    assert problem == ""
    assert set(texts) == {m.number for c in found for m in c.members}


def test_filters(tmp_path):
    left = run(tmp_path, families(13, 60))
    first = next(read_models(left.folder / "clusters.jsonl", Cluster))
    for subject in (first.members[1].id[:10], first.members[1].row):
        found, _ = find_clusters(left.folder, Wanted(subject=subject), 10)
        assert first in found
    for ability in ("role_play", "creative_writing"):
        found, _ = find_clusters(left.folder, Wanted(ability=ability), 1000)
        assert {c.ability for c in found} == {ability}
    found, _ = find_clusters(left.folder, Wanted(kind="exact"), 1000)
    assert found
    assert all(any(m.kind == "exact" for m in c.members) for c in found)
    assert find_clusters(left.folder, Wanted(kind="semantic"), 10) == ([], 0)


def test_a_folder_without_clusters_and_a_damaged_one(tmp_path):
    with pytest.raises(MissingFile, match=r"clusters\.jsonl"):
        find_clusters(tmp_path, Wanted(), 1)
    (tmp_path / "clusters.jsonl").write_text('{"members": [{"id": 3}]}\n', encoding="utf-8")
    with pytest.raises(BadData, match=r"clusters\.jsonl:1"):
        find_clusters(tmp_path, Wanted(), 1)


def test_the_commands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rows = [open_item(HOSTILE, "好", row="1\x1b[2J"), open_item(HOSTILE + "吧", "好", row="2")]
    run(tmp_path, rows, out="first")
    assert command("dedup rows.jsonl --out d") == 0
    assert command("dedup --again d --threshold 0.99 --out e --json") == 0
    shown = capsys.readouterr()
    assert "rows in 2 = accepted 1 + rejected 1 + pending 0" in shown.out
    assert json.loads(shown.out.splitlines()[-1])["rejected"] == 0
    assert command("clusters d") == 0
    out = capsys.readouterr().out
    assert "{+吧+}" in out
    assert "near cluster of 2 in creative_writing, 1 dropped" in out
    assert command("clusters d --full") == 0
    assert command("clusters d --json") == 0
    captured = capsys.readouterr().out
    assert "\x1b" not in out + captured
    assert "\u202e" not in out + captured
    printed = json.loads(captured.splitlines()[-1])
    assert printed["members"][0]["text"] == f"{HOSTILE}\n好"
    (tmp_path / "rows.jsonl").write_bytes(rows[0].line() + b"\n")
    assert command("clusters d") == 0
    gone = capsys.readouterr()
    assert "planted" not in gone.out
    assert "without texts" in gone.err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dedup --out o", "no file named"),
        ("dedup rows.jsonl --threshold much --out o", "no similarity"),
        ("dedup rows.jsonl --threshold 2 --out o", "near"),
        ("dedup rows.jsonl --keep best --out o", "keep"),
        ("dedup rows.jsonl --apart names --out o", "apart"),
        ("dedup rows.jsonl --keep source:no --out o", "no row comes from"),
        ("dedup rows.jsonl --again d --out o", "name no files"),
        ("clusters d --most 0", "too few"),
    ],
)
def test_bad_settings_are_one_line(tmp_path, monkeypatch, capsys, line, words):
    monkeypatch.chdir(tmp_path)
    run(tmp_path, families(14, 3), out="d")
    capsys.readouterr()
    assert command(line) == ExitCode.BAD_SPEC
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("error [bad_spec]")
    assert words in last
    assert not list(tmp_path.glob("o/*"))
