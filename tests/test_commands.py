"""Every command of every package: help with an example, at once; and the house's manners on errors."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.cli import Command, build_parser, guarded
from schemas.errors import AbilitymixError, BadData, ExitCode

PACKAGES = ["curation", "synth", "finetune", "analyze", "study"]


def commands(package: str) -> list[Command]:
    return list(importlib.import_module(f"{package}.__main__").COMMANDS)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_command_exists_and_shows_an_example(package: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands(package):
        module, _, function = command.run.partition(":")
        assert callable(getattr(importlib.import_module(module), function)), command.run
        with pytest.raises(SystemExit) as end:
            build_parser(package, "", [command]).parse_args([command.name, "--help"])
        assert end.value.code == 0
        shown = capsys.readouterr().out
        assert "\nExample" in shown
        assert f"python -m {package} {command.name}" in shown


@pytest.mark.parametrize("package", [*PACKAGES, "tui"])
def test_help_stays_light(package: str) -> None:
    """`--help` must not load what takes seconds; which modules are loaded is stabler than a stopwatch."""
    code = (
        f"import sys; sys.argv = ['{package}', '--help']\n"
        "import runpy\n"
        "try:\n"
        f"    runpy.run_module('{package}', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'pandas', 'numpy', 'datasets', 'plotly', 'scipy', 'sklearn', 'textual'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"Example:\n  python -m {package}" in done.stdout
    assert done.stderr.strip() == "[]"


def test_an_argument_that_looks_at_the_disk_fails_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from analyze.__main__ import COMMANDS
    from schemas.cli import main

    for name in ("train-000000000001", "base-000000000002"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    words = ["evaluate", "--model", str(tmp_path), "--items", "x", "--out", "y"]
    assert main("analyze", "", COMMANDS, words) == ExitCode.BAD_SPEC
    shown = capsys.readouterr().err
    assert "2 finished runs here" in shown
    assert shown.count("\n") == 1


def test_errors_are_one_line_with_a_named_code(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise BadData("bad\x1b[31m row", where="file:3", do="mend it")

    assert guarded(fail) == ExitCode.BAD_DATA
    shown = capsys.readouterr().err
    assert shown == "error [bad_data]: file:3: bad\\x1b[31m row; mend it\n"


def test_a_missing_file_and_an_interrupt(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert guarded(lambda: (tmp_path / "none").read_text() and None) == ExitCode.MISSING_FILE

    def interrupted() -> None:
        raise KeyboardInterrupt

    assert guarded(interrupted) == ExitCode.INTERRUPTED
    assert "Traceback" not in capsys.readouterr().err


def test_a_full_disk(capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        with Path("/dev/full").open("w") as file:
            file.write("x")

    assert guarded(full) == ExitCode.DISK_FULL
    assert "no space left" in capsys.readouterr().err


def test_every_error_names_its_code() -> None:
    kinds = AbilitymixError.__subclasses__()
    assert kinds
    assert all(kind.code is not ExitCode.OK for kind in kinds)
