"""When two texts are the same: the canonical text that deduplication and decontamination compare."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import orjson

from schemas.instance import Instance

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
# A space means something between two Latin words or numbers and nothing beside a Chinese character or a mark.
_IDLE = re.compile(r" (?![0-9A-Za-z])|(?<![0-9A-Za-z]) ")
# The marks of nearly every Chinese text. NFKC turns them into these as well, but takes ten times as long about it.
_WIDE = tuple(zip("，：；？！（）", ",:;?!()", strict=True))


def canonical_text(text: str) -> str:
    """NFKC (full-width to half-width), invisible characters out, white space kept only between Latin words."""
    if not text.isascii():
        text = _INVISIBLE.sub("", nfkc(text))
    text = " ".join(text.split())
    return _IDLE.sub("", text) if " " in text else text


def nfkc(text: str) -> str:
    """NFKC, quick on Chinese text."""
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


def prompt_text(instance: Instance) -> str:
    """Everything the model is shown, option texts included, as one canonical text."""
    return canonical_text("\n".join(m.content for m in instance.prompt))


def gold_text(instance: Instance) -> str:
    """The gold answer as a canonical text: the answer in its form's notation, or an open item's whole response."""
    return canonical_text(instance.answer or instance.response)


def identified(line: bytes) -> dict[str, Any]:
    """An instance's line as JSON, with its id even where the line leaves it out. Raises ValueError if it is none."""
    row: dict[str, Any] = orjson.loads(line)
    if isinstance(row, dict) and row.get("id"):
        return row
    identity = Instance.model_validate_json(line).id
    return {**row, "id": identity}


def row_key(instance: Instance) -> str:
    """`source:row`, which names the raw row that an instance came from."""
    return f"{instance.source.name}:{instance.source.row}"
