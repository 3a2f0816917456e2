"""`report.json`: written so that every strict JSON reader takes it, and read back as the same Report."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas.errors import BadData, MissingFile
from schemas.jsonl import first_reason
from schemas.results import Report


def report_as_json(report: Report) -> str:
    """Indented JSON with every field. A number that isn't finite is a string ("NaN"), which reads back as it was."""
    values = _finite(report.model_dump(mode="python"))
    return json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_report(path: Path) -> Report:
    """Read a `report.json`, or the one in a study's folder.

    Raises:
        MissingFile: there is none.
        BadData: it is not JSON, or not a report.
    """
    path = path / "report.json" if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingFile(
            "no such report", where=str(path), do="finish the study first, or check the path"
        ) from None
    except UnicodeDecodeError as error:
        raise BadData(f"not UTF-8 ({error.reason})", where=str(path), do="name a report.json") from None
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        reason = first_reason(error)
        raise BadData(f"not a report ({reason})", where=str(path), do="name a report.json") from None


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
