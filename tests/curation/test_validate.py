from __future__ import annotations

from pathlib import Path

import pytest

from curation.__main__ import COMMANDS
from curation.validate import validate_file
from schemas.cli import main
from schemas.errors import ExitCode, MissingFile
from tests.curation.curation_rows import open_item


def test_every_broken_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = open_item("写诗", "春").line()
    path = tmp_path / "rows.jsonl"
    path.write_bytes(
        b"\n".join(
            [
                good,
                b"{",
                b"",
                good,
                b"{}",
                b"\xff",
                b"[]",
                good.replace("春".encode(), "冬".encode()),
                b"\x1b[31m",
            ]
        )
    )
    found = validate_file(path)
    assert found.valid == 2
    places = [problem.split(": ")[0].rpartition(":")[2] for problem in found.problems]
    assert places == ["2", "5", "6", "7", "8", "9"]
    assert "does not match the content" in found.problems[4]
    assert main("curation", "", COMMANDS, ["validate", str(path), "--most", "2"]) == ExitCode.BAD_DATA
    shown = capsys.readouterr()
    assert "4 more broken lines" in shown.out
    assert "2 valid instances, 6 broken lines" in shown.out
    assert shown.err.count("\n") == 1
    assert "\x1b" not in shown.out
    with pytest.raises(MissingFile):
        validate_file(tmp_path / "none")
