"""The quick ways to a line and back give what the plain ways give."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.canonical import canonical_json, sha256_of
from schemas.errors import BadData, MissingFile
from schemas.instance import Candidate, Decision, Distractor, Instance, Message, Source
from schemas.jsonl import LineWriter, as_line, line_blocks, models_in, read_jsonl, read_models, write_jsonl

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
FULL = TEXT.filter(lambda t: bool(t.strip()))
SOURCE = st.builds(Source, name=TEXT, row=TEXT, licence=TEXT, group=TEXT)


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    wrong = draw(st.lists(FULL, max_size=3, unique_by=str.strip))
    gold = draw(FULL.filter(lambda t: t.strip() not in {w.strip() for w in wrong}))
    kinds = st.sampled_from([None, "fine", "coarse"])
    return Instance(
        ability=draw(st.sampled_from(["code", "unlabelled"])),
        form="open",
        messages=(Message(role="user", content=draw(TEXT)), Message(role="assistant", content=gold)),
        choices=draw(st.lists(TEXT, max_size=2)),
        answer=draw(TEXT),
        distractors=tuple(Distractor(text=w, kind=draw(kinds)) for w in wrong),
        origin=draw(st.sampled_from(["human", "synthetic"])),
        source=draw(SOURCE),
        parents=draw(st.lists(TEXT, max_size=2)),
    )


@settings(max_examples=300, deadline=None)
@given(instances())
def test_a_line_is_canonical_json_and_comes_back(row: Instance) -> None:
    plain = row.model_dump(mode="json", exclude_defaults=True)
    assert as_line(row) == canonical_json(plain)
    assert Instance.model_validate_json(row.line()) == row
    distractors = [d.model_dump(mode="json") for d in row.distractors]
    messages = [[m.role, m.content] for m in row.messages]
    assert row.id == sha256_of([row.ability, row.form, messages, row.choices, row.answer, distractors])


@given(TEXT, SOURCE, st.lists(TEXT, max_size=2))
def test_candidates_and_decisions_too(text: str, source: Source, choices: list[str]) -> None:
    candidate = Candidate(
        ability="code",
        form="open",
        messages=(Message(role="user", content=text),),
        choices=choices,
        source=source,
    )
    decision = Decision(subject=text, stage="check", rule="length", kept=False, evidence=text)
    for row in (candidate, decision):
        assert as_line(row) == canonical_json(row.model_dump(mode="json", exclude_defaults=True))
        assert type(row).model_validate_json(row.line()) == row


@given(
    st.lists(st.sampled_from([b"", b"  ", b'{"a": 1}', '{"a":"汉字"}'.encode()])),
    st.integers(1, 30),
    st.booleans(),
)
def test_blocks_hold_every_line_with_its_number(tmp_path_factory, lines, size, ended) -> None:
    path = tmp_path_factory.mktemp("blocks") / "rows.jsonl"
    data = b"\n".join(lines) + (b"\n" if ended else b"")
    path.write_bytes(data)
    blocks = list(line_blocks(path, size))
    assert b"".join(b.data for b in blocks) == data
    for block in blocks:
        assert data[block.start :].startswith(block.data)
        assert data[: block.start].count(b"\n") == block.first - 1
        assert block.data.endswith(b"\n") or block is blocks[-1]
    expected = [(n, json.loads(line)) for n, line in enumerate(lines, 1) if line.strip()]
    assert list(read_jsonl(path)) == expected


def test_a_broken_line_is_named(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    good = Decision(subject="s", stage="check", rule="r", kept=True)
    for broken, words in [
        (b"{", "not JSON"), (b"[]", "not a JSON object"), (b"\xff{}", "not UTF-8"), (b"{}", "Field required"),
        (b"[" * 100_000, "nested too deeply"),
    ]:  # fmt: skip
        path.write_bytes(good.line() + b"\n\n" + broken + b"\n")
        with pytest.raises(BadData, match=words) as caught:
            list(read_models(path, Decision))
        assert caught.value.where == f"{path}:3"
    with pytest.raises(MissingFile):
        list(read_models(tmp_path / "none", Decision))
    with pytest.raises(BadData, match="folder"):
        list(line_blocks(tmp_path))


def test_what_only_the_slow_parser_reads_is_read_all_the_same(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"subject": "s", "stage": "x", "rule": "r", "kept": true, "reason": "a\\ud83d\\ude00"}', "utf-8"
    )
    (block,) = line_blocks(path)
    ((number, line, row),) = models_in(block, Decision)
    assert (number, line, row.reason) == (1, path.read_bytes(), "a\U0001f600")


def test_a_file_appears_whole_or_not_at_all(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    write_jsonl(path, [{"a": 1}])

    def breaks_off() -> None:
        with LineWriter(path) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        breaks_off()
    assert path.read_bytes() == b'{"a":1}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]
