"""Arguments of every `python -m analyze` command. Nothing heavy is imported here: `--help` reads this file."""

from __future__ import annotations

import argparse
from pathlib import Path


def results(parser: argparse.ArgumentParser) -> None:
    """What every command on finished results shares: where they are, settings, and the form of the answer."""
    parser.add_argument(
        "results", type=Path, metavar="RESULTS", help="a study's folder, its runs/ folder, or a table (.csv)"
    )
    parser.add_argument("--study", type=Path, metavar="TOML", help="settings; STUDY.toml in RESULTS if there")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def arguments_curves(parser: argparse.ArgumentParser) -> None:
    results(parser)
    parser.add_argument("--metric", choices=("score", "bits"), default="score", help="what the curves show")


def arguments_forecast(parser: argparse.ArgumentParser) -> None:
    results(parser)
    parser.add_argument(
        "--report", type=Path, metavar="JSON", help="report.json that holds Complexity and Transference"
    )
    parser.add_argument("--base", default="", help="the base model to forecast for; the largest if not given")


def arguments_recommend(parser: argparse.ArgumentParser) -> None:
    results(parser)
    parser.add_argument(
        "--budget", type=int, help="instances of the whole mix; the study file's if not given"
    )
    parser.add_argument("--base", default="", help="the base model the mix is made for")
    parser.add_argument(
        "--out", type=Path, metavar="TOML", help="also write the mix as a file for finetune mix"
    )


def arguments_audit_paper(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
