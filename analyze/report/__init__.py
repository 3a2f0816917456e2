"""The report: one self-contained HTML page, and the same numbers as JSON.

The page asks for nothing from outside: plotly.js, the style and the numbers are in the file, and its content
security policy forbids every connection. Whatever comes from data is escaped.
"""

from __future__ import annotations

from pathlib import Path

from schemas.jsonl import write_atomic
from schemas.results import Report

__all__ = ["render", "write"]


def render(report: Report) -> str:
    """The whole report as one HTML document."""
    from analyze.report.page import render_page

    return render_page(report)


def write(report: Report, folder: Path) -> Path:
    """Write `report.json` and `report.html` into `folder`, each whole or not at all.

    Returns:
        the path of the HTML page.
    """
    from analyze.report.stored import report_as_json

    write_atomic(folder / "report.json", report_as_json(report))
    page = folder / "report.html"
    write_atomic(page, render(report))
    return page
