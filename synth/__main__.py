"""Comparison data for a human set: the same instructions, answered by a model."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from schemas.cli import Command, main


def _generate(parser: ArgumentParser) -> None:
    parser.add_argument(
        "spec", nargs="?", type=Path, metavar="SPEC.toml", help="settings; flags override them"
    )
    parser.add_argument(
        "--prompts", type=Path, metavar="FILE", help="JSON lines of instances (or candidates)"
    )
    parser.add_argument(
        "--model",
        help="model folder, hub id, a folder that holds one run of `finetune`, or the name an endpoint serves",
    )
    parser.add_argument("--backend", choices=("transformers", "vllm", "openai"))
    parser.add_argument("--strategy", metavar="NAME", help="how a row is made, e.g. regenerate")
    parser.add_argument("--accept", type=int, metavar="N", help="stop at exactly N accepted rows per ability")
    parser.add_argument("--limit", type=int, metavar="N", help="use only the first N prompts")
    parser.add_argument("--seed", type=int)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="temperature, top_p, max_new_tokens, retries, gates, base_url, batch_size",
    )
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="default: runs")
    parser.add_argument("--json", action="store_true", help="print the counts as one JSON object")


def _explain(parser: ArgumentParser) -> None:
    parser.add_argument(
        "row",
        metavar="ROW",
        help="id of a synthetic row, of its prompt, or of a journal row, or its first characters; or the row SOURCE:KEY "
        "that the prompt came from",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="run folder, or its parent"
    )
    parser.add_argument("--json", action="store_true")


def _gap(parser: ArgumentParser) -> None:
    parser.add_argument("human", type=Path, metavar="HUMAN.jsonl")
    parser.add_argument(
        "synthetic", type=Path, metavar="SYNTHETIC.jsonl", help="or a folder that holds one run"
    )
    parser.add_argument("--json", action="store_true")


COMMANDS = (
    Command(
        "generate",
        "Answer every instruction of a human set with a model; without arguments, show what is needed.",
        "python -m synth generate --prompts pool/prompts.jsonl --model tuned --accept 20"
        " --set max_new_tokens=40 --out synthetic",
        "synth.commands:generate_command",
        _generate,
    ),
    Command(
        "explain",
        "Replay where one synthetic row came from: prompt, model, sampling, every reply and every verdict.",
        "python -m synth explain code:264 --out synthetic",
        "synth.commands:explain_command",
        _explain,
    ),
    Command(
        "gap",
        "Compare human with synthetic responses per ability: length, openers, variety.",
        "python -m synth gap pool/train.jsonl synthetic",
        "synth.commands:gap_command",
        _gap,
    ),
)

if __name__ == "__main__":
    sys.exit(main("synth", __doc__ or "", COMMANDS))
