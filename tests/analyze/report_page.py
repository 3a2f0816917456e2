"""Helpers of the report's tests: a page taken apart, and a report whose every text is an attack."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from schemas.results import Report
from tests.analyze.report_sample import sample_report

HOSTILE = "</script><img src=x onerror=alert(1)><b>%{x}"


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, text, and the content of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {k: v or "" for k, v in attrs}))
        self.inside = tag
        if tag == "script":
            self.scripts.append((self.elements[-1][1], ""))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif self.inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def ids(self, kind: str) -> list[str]:
        return [a["id"] for _, a in self.elements if a.get("class") == kind]

    def data(self, id: str) -> dict:
        return json.loads(next(text for a, text in self.scripts if a.get("id") == id))


def hostile_report() -> Report:
    """Every text of the report is an attack."""
    text = sample_report().model_dump_json()
    values = json.loads(text)

    def poison(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            named = key in ("titles", "packages", "runs", "bases", "counts", "by_ability")
            return {(HOSTILE + k if named else k): poison(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [poison(v, key) for v in value]
        literal = ("origin", "metric", "factor", "verdict", "kind", "target", "split")
        return HOSTILE + value if isinstance(value, str) and key not in literal else value

    return Report.model_validate(poison(values))
