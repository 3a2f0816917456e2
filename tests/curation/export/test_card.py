"""The dataset card says what is in the data, and no text from data breaks out of it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from curation.counts import Counts
from curation.export.history import history_of
from curation.export.licences import front_matter, hub_id, restrictions
from curation.export.markdown import plain
from curation.export.tally import MOST, Tally, script_of
from curation.export.write import export
from curation.step import begin_step, finish_step
from schemas.errors import BadData
from schemas.instance import Instance, Source
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import choice, open_item

HOSTILE = (
    "x|y",
    "---",
    "a: b\n---\nlicense: mit",
    "<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "![x](http://evil.example/p.png)",
    "http://evil.example",
    "www.evil.example",
    "@everyone",
    "`code` **bold** _x_ ~~y~~",
    "\x1b[31mred\u202eder",
    "# head",
    "{{ template }}",
    "&lt;b&gt;",
    "$x$",
)


def from_source(instance: Instance, **source: str) -> Instance:
    return instance.model_copy(update={"source": Source(**{**instance.source.model_dump(), **source})})


def card_of(rows: list[Instance], folder: Path, **more: object) -> tuple[dict, str]:
    write_jsonl(folder / "train.jsonl", rows)
    export({"train": [folder / "train.jsonl"]}, "hf", folder / "out", **more)
    page = (folder / "out" / "README.md").read_text(encoding="utf-8")
    head, matter, body = page.split("---\n", 2)
    assert head == ""
    return yaml.safe_load(matter), body


def test_counts_licences_and_what_one_may_not_do(tmp_path):
    rows = [
        from_source(choice(f"第{i}题"), name="exam", row=str(i), licence="CC BY-NC 4.0") for i in range(4)
    ]
    rows += [from_source(open_item("写诗", "春"), name="web", row="1")]
    rows += [from_source(open_item("画画", "好", origin="synthetic"), name="web", row="2", licence="MIT")]
    matter, body = card_of(rows, tmp_path, title="考试: 一")
    assert matter["pretty_name"] == "考试: 一"
    assert matter["license"] == "other"
    assert matter["language"] == ["zh"]
    assert matter["size_categories"] == ["n<1K"]
    assert "synthetic" in matter["tags"]
    assert "Mixed licences" in body
    assert "**No licence stated.** The source of 1 of 6 rows does not state a licence" in body
    assert "**Non-commercial.** 4 of 6 rows" in body
    assert "| biology (STEM: Biology)" in body.replace("\\", "")
    lines = [line for line in body.splitlines() if line.startswith(("| exam", "| web"))]
    assert [line.split("|")[-2].strip() for line in lines] == ["4", "1", "1"]
    assert "NOT STATED" in lines[1]
    assert "1 of 6 rows were written by a model" in body


def test_one_known_licence_is_named_to_the_hub(tmp_path):
    matter, body = card_of([from_source(choice("一"), licence="Apache-2.0")], tmp_path)
    assert matter["license"] == "apache-2.0"
    assert "Mixed" not in body


@pytest.mark.parametrize(
    ("stated", "named", "restricted"),
    [
        ("MIT", "mit", []),
        ("CC BY-NC-SA 4.0", "cc-by-nc-sa-4.0", ["non-commercial", "share alike"]),
        ("CC-BY 4.0", "cc-by-4.0", []),
        ("for non-commercial research purpose only", "", ["non-commercial", "research only"]),
        ("数据只能用于研究目的", "", ["research only"]),
        (
            "academic research only and commercial use is strictly prohibited",
            "",
            ["non-commercial", "research only"],
        ),
        ("MIT, but the texts are others'", "", []),
        ("CC BY-ND 4.0", "cc-by-nd-4.0", ["no derivatives"]),
    ],
)
def test_licences_are_read_from_their_words(stated, named, restricted):
    assert hub_id(stated) == named
    assert restrictions(stated) == restricted


def test_a_licence_that_is_nobodys_is_not_named():
    assert front_matter([""]) == {"license": "unknown"}
    assert front_matter(["MIT", ""])["license"] == "other"
    assert front_matter(["my own\n---\nlicense: mit"])["license"] == "other"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.sampled_from(HOSTILE), st.text(min_size=1).filter(lambda t: "\0" not in t and t.isprintable())
    )
)
def test_no_name_breaks_the_page(tmp_path, name):
    row = from_source(choice("一"), name=name, licence=name)
    matter, body = card_of([row], tmp_path, title=name)
    assert set(matter) >= {"license", "configs", "dataset_info"}
    tags = Tags()
    tags.feed(body)
    assert tags.found == []
    tables = [line for line in body.splitlines() if line.startswith("|")]
    assert [line.replace("\\|", "").count("|") for line in tables if "NOT" not in line][-1] >= 3
    assert all(ord(c) >= 32 or c == "\n" for c in body)


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_is_no_markup(text):
    shown = plain(text)
    assert "\n" not in shown
    assert "<" not in shown
    assert "http:" not in shown
    assert "www." not in shown
    assert "@" not in shown
    for mark in "|[]()*`_#$":
        assert all(shown[i - 1] == "\\" or mark == "#" for i, c in enumerate(shown) if c == mark)


def test_the_steps_behind_the_rows_are_told(tmp_path):
    rows = tmp_path / "rows"
    begin_step(rows)
    write_jsonl(rows / "instances.jsonl", [choice("一"), choice("二", row="2"), choice("三", row="3")])
    counts = Counts(rows=5, accepted=3, rejected=1, pending=1, reasons={"standardize/doit": 1})
    settings = {"format": "doit", "licence": "", "abilities": str(tmp_path / "abilities.toml")}
    finish_step(rows, "standardize", settings, [tmp_path / "raw.json"], counts)
    checked = tmp_path / "checked"
    write_jsonl(checked / "instances.jsonl", [choice("一"), choice("二", row="2")])
    counts = Counts(rows=3, accepted=2, rejected=1, reasons={"check/length": 1})
    finish_step(
        checked, "check", {"length": {"maximum": 9}, "residue": {}}, [rows / "instances.jsonl"], counts
    )
    (checked / "agreement.json").write_text(
        json.dumps({"agreement": [{"measure": "observed", "value": 0.77, "items": 200, "people": 2}]}),
        encoding="utf-8",
    )
    export({"train": [checked / "instances.jsonl"]}, "doit", tmp_path / "out")
    body = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "| standardize | " in body
    assert str(tmp_path) not in body
    assert "| length | maximum = 9 | 1 |" in body
    assert "| residue | - | 0 |" in body
    assert "| standardize | doit | 1 |" in body
    assert "| all | observed | 0.770 | - | 200 | 2 |" in body
    assert "Nothing was compared with evaluation sets" in body
    (checked / "agreement.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BadData, match=r"agreement\.json"):
        history_of([checked / "instances.jsonl"])


def test_scripts_are_told_apart():
    assert script_of("写一首关于春天的诗 hello") == "han"
    assert script_of("write a poem about 春") == "latin"
    assert script_of("これは日本語の文です漢字") == "kana"
    assert script_of("한국어 문장") == "hangul"
    assert script_of("123") == "other"


def test_more_names_than_sources_can_be_do_not_fill_the_memory():
    tally = Tally()
    for block in range(3):
        part = Tally()
        for i in range(MOST):
            part.count("train", from_source(choice("一"), name=f"{block}.{i}"), i)
        tally.add(part)
    assert tally.total() == 3 * MOST
    assert len(tally.rows) == MOST + 1
