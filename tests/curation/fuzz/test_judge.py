"""What a program must not do is found: each of these does one of it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import curation.__main__ as program
from schemas.cli import Command
from schemas.errors import BadData
from tests.curation.fuzz.cases import Case
from tests.curation.fuzz.judge import judged_in

GOOD = "rows in 1 = accepted 1 + rejected 0 + pending 0"


def findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does, rows: int | None = 1) -> list[str]:
    """What the judge says of a command `check` that does what it is told."""
    command = Command("check", "x", "x", "misbehaving:run", lambda parser: None)
    monkeypatch.setattr(program, "COMMANDS", (command,))
    monkeypatch.setitem(sys.modules, "misbehaving", SimpleNamespace(run=does))
    case = Case("x", "check", "bytes", argv=["check"], files={"rows.jsonl": b"{}\n"}, rows=rows, out="out")
    with judged_in(tmp_path, case) as ran:
        return ran.findings


def wrote(name: str, text: str = "") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def test_good_manners_are_no_finding(tmp_path, monkeypatch):
    def does(arguments):
        wrote("out/instances.jsonl", "{}\n")
        print(GOOD)

    assert findings(tmp_path, monkeypatch, does) == []

    def refuses(arguments):
        raise BadData("no good", where="rows.jsonl:1", do="mend it")

    assert findings(tmp_path, monkeypatch, refuses) == []


def crash(arguments):
    raise ValueError("x")


def surrogate(arguments):
    print("\ud800")


def endless(arguments):
    while True:
        pass


def raw(arguments):
    print(GOOD + "\x1b[2J")


def bidi(arguments):
    print(GOOD + "\u202e")


def two_lines(arguments):
    print("error [bad_data]: one", file=sys.stderr)
    raise BadData("two")


def silent_failure(arguments):
    return 5


def half(arguments):
    wrote("out/instances.jsonl")
    raise BadData("x", where="y")


def temporary(arguments):
    wrote("out/.instances.jsonl.1.tmp")
    print(GOOD)


def outside(arguments):
    wrote("../evil")
    print(GOOD)


def beside(arguments):
    wrote("rows.jsonl.bak")
    print(GOOD)


def input_changed(arguments):
    wrote("rows.jsonl", "[]")
    print(GOOD)


def no_sum(arguments):
    print("done")


def wrong_sum(arguments):
    print("rows in 3 = accepted 1 + rejected 1 + pending 0")


def lost_row(arguments):
    print("rows in 0 = accepted 0 + rejected 0 + pending 0")


def lost_line(arguments):
    wrote("out/instances.jsonl")
    print(GOOD)


def unsaid(arguments):
    wrote("out/decisions.jsonl")
    print("rows in 1 = accepted 0 + rejected 1 + pending 0")


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (crash, "crash: ValueError"),
        (surrogate, "crash: UnicodeEncodeError"),
        (endless, "took more than"),
        (raw, "stdout has a raw"),
        (bidi, "stdout has a raw"),
        (two_lines, "2 error lines"),
        (silent_failure, "0 error lines"),
        (half, "an error, but"),
        (temporary, "temporary file"),
        (outside, "outside the out folder: 'evil'"),
        (beside, "outside the out folder"),
        (input_changed, "was changed"),
        (no_sum, "no sum"),
        (wrong_sum, "does not add up"),
        (lost_row, "1 rows went in"),
        (lost_line, "0 lines"),
        (unsaid, "1 rows rejected, 0 decisions"),
    ],
)
def test_bad_manners_are_found(tmp_path, monkeypatch, does, words):
    monkeypatch.setattr("tests.curation.fuzz.judge.SECONDS", 1)
    found = findings(tmp_path, monkeypatch, does)
    assert any(words in finding for finding in found), found
