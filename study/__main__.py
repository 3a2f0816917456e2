"""The command line of `study`: declarations only."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from schemas.cli import Command, main


def _study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", type=Path, metavar="STUDY.toml", help="the study's settings")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one setting, e.g. --set grid.seeds=[1]",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _run(parser: argparse.ArgumentParser) -> None:
    _study(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the study's folder; study-<name> if not given"
    )
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="cells trained side by side (2)")
    parser.add_argument(
        "--limit-minutes", type=float, metavar="M", help="drop whole cells that would not fit, and name them"
    )


def _status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="DIR", help="the study's folder")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _init(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")


COMMANDS = (
    Command(
        "run",
        "Run a study, or what is missing of it, and print what it found.",
        "python -m study run examples/quickstart.toml",
        "study.commands:run",
        _run,
    ),
    Command(
        "status",
        "Say what of a study is done, running, failed or pending.",
        "python -m study status study-quickstart",
        "study.commands:status",
        _status,
    ),
    Command(
        "init",
        "Write a commented study file and folders for your own abilities.",
        "python -m study init my-study",
        "study.commands:init",
        _init,
    ),
    Command(
        "plan",
        "Print the checkpoints a study would train, in order, without running anything.",
        "python -m study plan examples/quickstart.toml",
        "study.commands:plan",
        _study,
    ),
)

if __name__ == "__main__":
    sys.exit(main("study", "The whole study from one settings file; resumes from what is there.", COMMANDS))
