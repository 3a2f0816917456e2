"""Instances: the id depends on the content alone, and contradictions are refused with a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.instance import Candidate, Distractor, Instance, Message, Source


def choice(answer: str = "B", response: str | None = None, **changes: object) -> Instance:
    values: dict[str, object] = {
        "ability": "biology",
        "form": "choice",
        "messages": (
            Message(role="user", content="哪个是兽？\nA.鱼\nB.鲸"),
            Message(role="assistant", content=answer if response is None else response),
        ),
        "choices": ("鱼", "鲸"),
        "answer": answer,
        "source": Source(name="test", row="1"),
    }
    return Instance.model_validate(values | changes)


def test_id_ignores_where_a_row_came_from() -> None:
    assert choice().id == choice(source=Source(name="other", row="77", licence="MIT", group="g")).id
    assert choice().id == choice(origin="synthetic", parents=("x",)).id


def test_id_depends_on_the_content() -> None:
    assert choice("A").id != choice("B").id


def test_a_given_id_is_checked() -> None:
    row = choice().model_dump()
    assert Instance.model_validate(row) == choice()
    with pytest.raises(ValidationError, match="does not match the content"):
        Instance.model_validate(row | {"id": "0" * 64})


def test_a_gold_letter_outside_the_options_is_refused() -> None:
    with pytest.raises(ValidationError, match="gold letter 'C' is not among the options A, B"):
        choice("C")


def test_a_response_that_says_another_letter_is_refused() -> None:
    with pytest.raises(ValidationError, match="does not give the gold letter"):
        choice("A", response="B")


@pytest.mark.parametrize("bad", ["a\x00b", "\ud800"])
def test_text_that_cannot_be_written_is_refused(bad: str) -> None:
    words = "NUL character at position|unable to parse raw data as a unicode string"
    with pytest.raises(ValidationError, match=words):
        Message(role="user", content=bad)
    for field in ("name", "row", "licence", "group"):
        with pytest.raises(ValidationError, match=words):
            choice(source={"name": "s", "row": "1", field: bad})
    with pytest.raises(ValidationError, match=words):
        choice(choices=("甲", bad))
    with pytest.raises(ValidationError, match=words):
        choice(answer=bad)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        choice(colour="red")


def test_the_last_message_must_be_the_answer() -> None:
    with pytest.raises(ValidationError, match="must be the assistant's gold answer"):
        choice(messages=(Message(role="user", content="?"),))
    with pytest.raises(ValidationError, match="ends with the user's message"):
        Candidate(
            ability="biology",
            form="choice",
            messages=(Message(role="assistant", content="B"),),
            source=Source(name="t", row="1"),
        )


def test_an_open_item_refuses_its_own_answer_as_distractor() -> None:
    messages = (Message(role="user", content="写"), Message(role="assistant", content="春风"))
    row = {
        "ability": "creative_writing",
        "form": "open",
        "messages": messages,
        "source": Source(name="t", row="1"),
    }
    with pytest.raises(ValidationError, match="the gold response itself"):
        Instance.model_validate(row | {"distractors": (Distractor(text="春风 "),)})
    with pytest.raises(ValidationError, match="the same"):
        Instance.model_validate(row | {"distractors": (Distractor(text="x"), Distractor(text="x"))})


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1))
def test_a_written_row_comes_back_the_same(text: str) -> None:
    if not text.strip():
        return
    row = Instance(
        ability="creative_writing",
        form="open",
        messages=(Message(role="user", content=text), Message(role="assistant", content=text)),
        source=Source(name=text, row="1"),
    )
    assert Instance.model_validate_json(row.model_dump_json()) == row
