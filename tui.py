"""The command line of `tui`: declarations only, so that `--help` need not wait for the screen."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from schemas.cli import guarded


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tui",
        description="Judge the instances of a pool, one key a verdict. Without arguments: a sample to try.",
        epilog="Example:\n  python -m tui pool/train.jsonl --as lin --decisions review/lin.jsonl",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pool", nargs="?", type=Path, metavar="POOL.jsonl", help="JSON lines of instances")
    parser.add_argument("--as", dest="name", metavar="NAME", help="whose verdicts these are")
    parser.add_argument(
        "--decisions", type=Path, metavar="FILE", help="grows by one line a verdict; opened again to go on"
    )
    parser.add_argument(
        "--abilities", type=Path, metavar="FILE", help="your own abilities and guidelines, TOML"
    )
    arguments = parser.parse_args(argv)
    return guarded(lambda: importlib.import_module("screens.command").run(arguments))


if __name__ == "__main__":
    sys.exit(main())
