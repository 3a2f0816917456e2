"""Files that grow by lines: whole ones only, whoever else writes and whenever the machine stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from schemas.append import append_lines, whole_lines

ROOT = Path(__file__).parents[2]


def test_many_processes_append_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    code = "import sys; from pathlib import Path; from schemas.append import append_lines\n"
    code += "for i in range(60): append_lines(Path(sys.argv[1]), [sys.argv[2] * 500 + str(i)])"
    words = [[sys.executable, "-c", code, str(path), who] for who in "abc"]
    running = [subprocess.Popen(w, cwd=ROOT) for w in words]
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
