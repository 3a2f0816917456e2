"""The examples that `--help` shows, run as they are printed, one after the other, in an empty working folder."""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.cli import Command

ROOT = Path(__file__).parents[1]
# In the order in which one would work: each example may use what those before it made.
PACKAGES = ("curation", "finetune", "synth", "analyze", "study")
FINISHED_STUDY = "works on a finished study, which takes minutes to make: the study's own tests run it"
SKIPPED = {
    "analyze curves": FINISHED_STUDY,
    "analyze forecast": FINISHED_STUDY,
    "analyze recommend": FINISHED_STUDY,
    "analyze report": FINISHED_STUDY,
    "study run": "the whole quickstart takes minutes: the study's own tests run a slice of it",
    "study status": FINISHED_STUDY,
}


def examples() -> list[tuple[str, Command]]:
    return [
        (f"{package} {command.name}", command)
        for package in PACKAGES
        for command in importlib.import_module(f"{package}.__main__").COMMANDS
    ]


@pytest.mark.slow
def test_the_examples_are_one_chain(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name, command in examples():
        if name in SKIPPED:
            continue
        python, *words = shlex.split(command.example)
        assert python == "python"
        assert " ".join(words[:3]) == f"-m {name}"
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command.example}\n{done.stderr}"
        assert done.stdout, command.example
        assert "Traceback" not in done.stderr, command.example


def test_what_an_example_needs_is_said_with_it() -> None:
    known = dict(examples())
    assert set(SKIPPED) <= set(known)
    for name in SKIPPED:
        if name.startswith("analyze"):
            assert "make quickstart" in known[name].needs
