"""The command line of `tui`: declarations only, so that `--help` need not wait for the screen."""

import argparse
import gc
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from schemas.cli import guarded

EXAMPLES = """Example:
  python -m tui
  python -m tui --db review.db --as lin"""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tui",
        description="Judge and revise what is under review, one key a verdict. Without arguments: a sample that teaches how.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--db",
        metavar="URL",
        help="the review: a file, sqlite:///FILE or postgresql+psycopg://…; default: what ABILITYMIX_DB says",
    )
    parser.add_argument(
        "--as", dest="name", metavar="NAME", help="who judges; enrolled with: review annotators add"
    )
    parser.add_argument("--keys", type=Path, metavar="FILE.toml",
                        help="other keys; default: abilitymix/keys.toml in ~/.config")  # fmt: skip
    parser.add_argument(
        "--abilities", type=Path, metavar="FILE", help="your own abilities and guidelines, TOML"
    )
    parser.add_argument("--serve", action="store_true", help="in the browser of this machine, until ctrl+c")
    parser.add_argument("--port", type=int, default=8000, metavar="N", help="with --serve; default: 8000")
    arguments = parser.parse_args(argv)
    gc.disable()  # until the first item is there: what is imported stays, and looking through it takes a fifth of the start
    try:
        return guarded(lambda: importlib.import_module("screens.command").run(arguments))
    finally:
        gc.enable()


if __name__ == "__main__":
    sys.exit(main())
