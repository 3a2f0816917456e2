"""`python -m analyze report REPORT.json --out DIR`: render a stored report again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analyze.report import write
from analyze.report.stored import read_report


def report(arguments: argparse.Namespace) -> None:
    """Read the report, write both files, print the path of the page on stdout."""
    source = Path(arguments.report)
    page = write(read_report(source), Path(arguments.out) if arguments.out else source.parent)
    print(f"report of {source} written", file=sys.stderr)
    print(page)
