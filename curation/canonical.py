"""When two texts are the same: the canonical text that deduplication and decontamination compare."""

from __future__ import annotations

import re
import unicodedata

from schemas.instance import Instance

_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_SPACES = re.compile(r"\s+")
# A space means something between two Latin words or numbers and nothing beside a Chinese character or a mark.
_IDLE = re.compile(r" (?![0-9A-Za-z])|(?<![0-9A-Za-z]) ")


def canonical_text(text: str) -> str:
    """NFKC (full-width to half-width), invisible characters out, white space kept only between Latin words."""
    flat = unicodedata.normalize("NFKC", text)
    if not flat.isascii():
        flat = _INVISIBLE.sub("", flat)
    return _IDLE.sub("", _SPACES.sub(" ", flat).strip())


def prompt_text(instance: Instance) -> str:
    """Everything the model is shown, option texts included, as one canonical text."""
    return canonical_text("\n".join(m.content for m in instance.prompt))


def gold_text(instance: Instance) -> str:
    """The gold answer as a canonical text: the answer in its form's notation, or an open item's whole response."""
    return canonical_text(instance.answer or instance.response)


def row_key(instance: Instance) -> str:
    """`source:row`, which names the raw row that an instance came from."""
    return f"{instance.source.name}:{instance.source.row}"
