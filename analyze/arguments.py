"""Arguments of every `python -m analyze` command. Nothing heavy is imported here: `--help` reads this file."""

from __future__ import annotations

import argparse
from pathlib import Path


def _model(text: str) -> str:
    from schemas.runs import model_folder

    return model_folder(text)


def results(parser: argparse.ArgumentParser) -> None:
    """What every command on finished results shares: where they are, settings, and the form of the answer."""
    parser.add_argument(
        "results", type=Path, metavar="RESULTS", help="a study's folder, its runs/ folder, or a table (.csv)"
    )
    parser.add_argument(
        "--study", type=Path, metavar="TOML", help="study file with the settings; else defaults"
    )
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


def arguments_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "report", type=Path, metavar="REPORT", help="a report.json, or a folder that holds one"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where report.html goes; beside the report if not given"
    )


def _scoring(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--spec", type=Path, metavar="TOML", help="settings of the evaluation")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="one setting, e.g. generate=['choice']",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def arguments_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        type=_model,
        required=True,
        help="a checkpoint's folder, a folder that holds one run of finetune, or a hub id",
    )
    parser.add_argument("--items", type=Path, required=True, metavar="FILE", help="JSON lines of instances")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="receives a folder for this evaluation"
    )
    _scoring(parser)


def arguments_score(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("predictions", type=Path, metavar="PREDICTIONS", help="what evaluate wrote")
    parser.add_argument(
        "--items", type=Path, metavar="FILE", help="the items: parse and score again; else scores as stored"
    )
    _scoring(parser)


def arguments_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("item", metavar="ITEM", help="an item's id or the beginning of it")
    parser.add_argument("--predictions", type=Path, required=True, metavar="DIR", help="what evaluate wrote")
    parser.add_argument("--items", type=Path, required=True, metavar="FILE", help="the items evaluated")
    _scoring(parser)


def arguments_complexity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        type=_model,
        required=True,
        help="the untuned base model: its folder, a folder that holds one run of finetune base, or a hub id",
    )
    parser.add_argument("--items", type=Path, required=True, metavar="FILE", help="validation items")
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="a study's folder, for the low-resource area"
    )
    parser.add_argument("--base", default="", help="the base model's name in those results")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def arguments_transference(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pool", type=Path, metavar="POOL", help="JSON lines of instances, or a pool's folder")
    encoder = parser.add_mutually_exclusive_group()
    encoder.add_argument(
        "--encoder", type=_model, metavar="NAME", help="a sentence-transformers model, folder or hub id"
    )
    encoder.add_argument(
        "--base",
        type=_model,
        metavar="DIR",
        help="a base model as the encoder; its folder, or one that holds its run",
    )
    parser.add_argument("--items", type=int, default=64, help="instances encoded per ability (default: 64)")
    parser.add_argument(
        "--estimator",
        action="append",
        metavar="NAME",
        help="show this one; repeatable. <channel>-<measure> such as response-mmd, response-gp, response-knn, "
        "response-cosine, instruction-mmd, both-mmd; control; trained, effective-data (need --results)",
    )
    parser.add_argument(
        "--results", type=Path, metavar="DIR", help="a study's folder: check against its single-source runs"
    )
    parser.add_argument("--runs-of", default="", metavar="BASE", help="the base model whose runs count")
    parser.add_argument(
        "--permutations", type=int, default=2000, help="of the check's p-values (default: 2000)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
