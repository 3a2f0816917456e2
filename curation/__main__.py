"""From raw sources to a clean, explained pool."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from curation.formats import FORMATS
from schemas.cli import Command, main


def _files(parser: ArgumentParser, out: str = "folder for what is kept and decisions.jsonl") -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSON lines of instances")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help=out)


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")


def _standardize(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="raw files of one format")
    parser.add_argument("--format", required=True, metavar="NAME", help=f"one of {', '.join(FORMATS)}")
    parser.add_argument("--ability", default="unlabelled", metavar="NAME", help="default: unlabelled")
    parser.add_argument("--origin", default="human", choices=("human", "synthetic"))
    parser.add_argument("--licence", default="", metavar="TEXT", help="as the source states it")
    parser.add_argument("--limit", type=int, metavar="N", help="read at most N rows a file")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting of the format, such as prefix=zh_, or form=, match= for any",
    )
    parser.add_argument("--abilities", type=Path, metavar="FILE.toml", help="your own [[ability]] tables")
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder for instances.jsonl, pending.jsonl, decisions.jsonl, counts.json",
    )
    _json(parser)


def _validate(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="JSON lines of instances")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of an instance")


def _check(parser: ArgumentParser) -> None:
    _files(parser)
    parser.add_argument(
        "--settings", type=Path, metavar="FILE.toml", help="a [check] table: rule = false, or its settings"
    )
    parser.add_argument(
        "--rules", action="store_true", help="list the rules that are on before they are used"
    )
    _json(parser)


def _dedup(parser: ArgumentParser) -> None:
    _files(parser, "folder for instances.jsonl, clusters.jsonl, decisions.jsonl")
    parser.add_argument(
        "--conflicts",
        default="none",
        choices=("none", "first"),
        help="what to keep where one prompt has several gold answers; default: none",
    )
    _json(parser)


def _decontaminate(parser: ArgumentParser) -> None:
    _files(parser)
    parser.add_argument(
        "--against", required=True, nargs="+", type=Path, metavar="FILE", help="evaluation instances"
    )
    parser.add_argument("--n", type=int, default=13, help="characters a gram; default: 13")
    parser.add_argument(
        "--threshold", type=float, default=0.5, help="containment that counts as a leak; default: 0.5"
    )
    _json(parser)


def _split(parser: ArgumentParser) -> None:
    _files(parser, "folder for one JSON lines file a part")
    parser.add_argument(
        "--size",
        action="append",
        required=True,
        metavar="PART=N",
        help="rows per ability, or available; parts are filled in the order given",
    )
    parser.add_argument("--seed", type=int, default=0)
    _json(parser)


def _export(parser: ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSON lines of instances")
    parser.add_argument("--layout", required=True, choices=("doit", "messages", "alpaca", "parquet"))
    parser.add_argument("--out", required=True, type=Path, metavar="FILE")


def _explain(parser: ArgumentParser) -> None:
    parser.add_argument("subject", metavar="ID", help="an id, its first characters, or a row SOURCE:KEY")
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="what curation wrote")


def _world(parser: ArgumentParser) -> None:
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--rows", type=int, metavar="N", help="rows per ability")
    parser.add_argument("--characters", type=int, default=1_000_000, metavar="N", help="of pretraining text")


COMMANDS = (
    Command(
        "world",
        "Write the little world: ten small abilities as raw source files in several formats.",
        "python -m curation world --out world --seed 1 --rows 300 --characters 200000",
        "curation.commands:world_command",
        _world,
    ),
    Command(
        "standardize",
        "Turn raw files into instances; every row is accepted, rejected with a reason, or pending.",
        "python -m curation standardize world/code.jsonl world/creative_writing.jsonl world/role_play.jsonl"
        " --format doit --out rows",
        "curation.commands:standardize_command",
        _standardize,
    ),
    Command(
        "validate",
        "Check files of instances against the types, or print their JSON Schema.",
        "python -m curation validate rows/instances.jsonl",
        "curation.commands:validate_command",
        _validate,
    ),
    Command(
        "check",
        "Look at every instance with every rule (length, script, refusal, damage, ...).",
        "python -m curation check rows/instances.jsonl --out checked",
        "curation.commands:check_command",
        _check,
    ),
    Command(
        "dedup",
        "Keep one of all instances with the same canonical prompt.",
        "python -m curation dedup checked/instances.jsonl --out distinct",
        "curation.commands:dedup_command",
        _dedup,
    ),
    Command(
        "split",
        "Divide instances into parts: per ability, whole groups on one side.",
        "python -m curation split distinct/instances.jsonl --size test=30 --size validation=20"
        " --size prompts=50 --size train=available --out pool",
        "curation.commands:split_command",
        _split,
    ),
    Command(
        "decontaminate",
        "Take out training instances that an evaluation set already holds.",
        "python -m curation decontaminate pool/train.jsonl --against pool/test.jsonl --out clean",
        "curation.commands:decontaminate_command",
        _decontaminate,
    ),
    Command(
        "export",
        "Write instances in another layout: doit, messages, alpaca or parquet.",
        "python -m curation export pool/test.jsonl --layout doit --out test.json",
        "curation.commands:export_command",
        _export,
    ),
    Command(
        "explain",
        "Tell an instance's or a raw row's whole story.",
        "python -m curation explain code:59 rows checked distinct pool",
        "curation.commands:explain_command",
        _explain,
    ),
)

if __name__ == "__main__":
    sys.exit(main("curation", "From raw sources to a clean, explained pool.", COMMANDS))
