"""Nothing in the data can act, and the page asks for nothing from outside."""

from __future__ import annotations

import json
import re

import pytest

from analyze.report import render
from analyze.report.page import embedded_json, script_hash
from tests.analyze.report_page import Page, hostile_report
from tests.analyze.report_sample import sample_report


@pytest.fixture(scope="module")
def full() -> Page:
    return Page(render(sample_report()))


def test_data_cannot_act(full: Page) -> None:
    page = Page(render(hostile_report()))
    kinds = {tag for tag, _ in full.elements}
    assert {tag for tag, _ in page.elements} <= kinds | {"details"}
    assert not [a for _, attributes in page.elements for a in attributes if a.startswith("on")]
    assert len(page.scripts) == len(full.scripts) == 4
    assert page.scripts[2:] == full.scripts[2:]
    assert "</script><img src=x onerror=alert(1)>" in page.text
    names = page.data("figure-data")["transference-1"]["data"][0]["x"]
    assert all("<" not in name for name in names)


def test_embedded_json_comes_back_the_same() -> None:
    value = {"a": "</script><!-- \u2028 & 中文"}
    text = str(embedded_json(value))
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value


def test_the_page_asks_for_nothing_from_outside(full: Page) -> None:
    policy = next(a["content"] for t, a in full.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    allowed = re.search(r"script-src ([^;]*)", policy).group(1).split()
    run = [text for attributes, text in full.scripts if "type" not in attributes]
    assert allowed == [script_hash(text) for text in run]
    for tag, attributes in full.elements:
        assert not {"src", "srcset", "data", "action"} & set(attributes), tag
        assert attributes.get("href", "#").startswith("#")
    assert "http" not in "".join(text for a, text in full.scripts[:2])
