"""`python -m analyze report REPORT [--out DIR]`: render a finished study's report again."""

from __future__ import annotations

import argparse
import sys

from analyze.report import write
from analyze.report.stored import read_report


def report(arguments: argparse.Namespace) -> None:
    """Read the report, write both files, print the path of the page on stdout."""
    beside = arguments.report if arguments.report.is_dir() else arguments.report.parent
    found = read_report(arguments.report)
    page = write(found, arguments.out or beside)
    print(f"report of {found.name!r} written", file=sys.stderr)
    print(page)
