"""Mixes, tiny base models and fine-tuned checkpoints."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from schemas.cli import Command, main


def _common(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="override a setting of the file"
    )
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def _mix(parser: ArgumentParser) -> None:
    parser.add_argument("spec", type=Path, metavar="MIX.toml", help="the draws; see examples/mixes")
    parser.add_argument(
        "--pool",
        action="append",
        default=[],
        metavar="ORIGIN=FILE",
        help="JSON lines of instances, or a folder that holds one run of `synth generate`; human=FILE or "
        "synthetic=FILE, as often as there are files",
    )
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="default: runs")
    _common(parser)


def _base(parser: ArgumentParser) -> None:
    parser.add_argument("spec", type=Path, metavar="BASE.toml", help="shape and pretraining of the model")
    parser.add_argument(
        "--text", action="append", default=[], type=Path, metavar="FILE", help="plain text, UTF-8; repeatable"
    )
    parser.add_argument(
        "--alphabet",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="instances (.jsonl) or plain text whose characters the tokenizer must know as well; repeatable",
    )
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="default: runs")
    _common(parser)


def _train(parser: ArgumentParser) -> None:
    parser.add_argument("spec", type=Path, metavar="TRAIN.toml", help="base, mix, validation, settings")
    _common(parser)


COMMANDS = (
    Command(
        "base",
        "Make a tiny Llama-style base model: tokenizer, weights, a short pretraining on plain text.",
        "python -m finetune base examples/bases/tiny.toml --text world/pretraining.txt"
        " --alphabet distinct/instances.jsonl --out base",
        "finetune.commands:base_command",
        _base,
    ),
    Command(
        "mix",
        "Draw a training mix from pools: counts, caps, all there is, or evenly filled; nested by n.",
        "python -m finetune mix examples/mixes/small.toml --pool human=clean/instances.jsonl --out mix",
        "finetune.commands:mix_command",
        _mix,
    ),
    Command(
        "train",
        "Fine-tune a base model on a mix; the checkpoint with the lowest validation loss is kept.",
        "python -m finetune train examples/train.toml",
        "finetune.commands:train_command",
        _train,
    ),
)

if __name__ == "__main__":
    sys.exit(main("finetune", __doc__ or "", COMMANDS))
