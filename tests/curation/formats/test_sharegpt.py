"""sharegpt: turns under every name, odd ones handled or rejected, and what our own export writes."""

from __future__ import annotations

import json

import pytest

from curation.export.layouts.sharegpt import to_sharegpt
from schemas.errors import BadSpec
from schemas.instance import Instance


def talk(*turns: tuple[str, str], **row: object) -> str:
    said = [{"from": speaker, "value": text} for speaker, text in turns]
    return json.dumps({"conversations": said, **row}, ensure_ascii=False)


def test_a_conversation_with_the_system_as_a_column_or_a_turn(read):
    turns = [("human", "你好"), ("gpt", "欢迎"), ("human", "来一碗面"), ("gpt", "好的")]
    texts = [
        talk(*turns, system="你是厨师"),
        talk(("system", "你是厨师"), *turns, system="你是厨师", group="g"),
    ]
    first, second = read("sharegpt", "\n".join(texts), ability="role_play").instances
    assert first.id == second.id
    assert [m.role for m in first.messages] == ["system", "user", "assistant", "user", "assistant"]
    assert (first.form, first.response, second.source.group) == ("open", "好的", "g")


@pytest.mark.parametrize(
    "names", [("human", "gpt"), ("Human", "GPT"), ("user", "assistant"), ("user", "chatgpt")]
)
def test_speakers_under_their_names(read, names):
    row = read("sharegpt", talk((names[0], "问"), (names[1], "答"))).one
    assert [m.role for m in row.messages] == ["user", "assistant"]


def test_the_conversation_under_another_name(read):
    turns = [{"role": "user", "content": "问"}, {"role": "assistant", "content": "答"}]
    assert read("sharegpt", json.dumps({"messages": turns})).one.response == "答"
    assert (
        read("sharegpt", json.dumps({"chat": turns}), options={"conversations": "chat"}).one.response == "答"
    )
    row = json.dumps({"chat": turns, "persona": "你是厨师"})
    got = read("sharegpt", row, options={"conversations": "chat", "system": "persona"}).one
    assert got.messages[0].content == "你是厨师"


def test_what_is_odd_is_said(read):
    rows = [
        talk(("human", "问"), ("human", "再问"), ("gpt", "答")),
        talk(("human", "问"), ("function_call", "{}"), ("observation", "7"), ("gpt", "答")),
        talk(("human", "问"), ("gpt", " ")),
        talk(("human", "问"), ("system", "规则"), ("gpt", "答")),
        talk(("system", "甲"), ("human", "问"), ("gpt", "答"), system="乙"),
        talk(("路人\x1b[31m", "问"), ("gpt", "答")),
        talk(("gpt", "答")),
        talk(("system", "规则")),
        talk(),
        json.dumps({"conversations": "问"}),
        json.dumps({"conversation": None}),
        json.dumps({"text": "问"}),
        json.dumps({"conversations": ["问"]}),
        json.dumps({"conversations": [{"from": "human", "value": ["image"]}]}),
        json.dumps({"conversations": [{"value": "问"}]}),
    ]
    assert read("sharegpt", "\n".join(rows)).reasons == [
        "turns 1 and 2 are both the user's",
        "turn 2 is a tool's, which an instance has no place for",
        "turn 2 is empty",
        "turn 2 is the system's, and not the first",
        "the system's column and its turn say different things",
        "turn 1 is said by '路人\\\\x1b[31m', neither human, gpt nor system",
        "no turn is the user's",
        "no turn is the user's",
        "conversations is empty",
        "conversations is not a list",
        "there are no conversation",
        "there are no conversations",
        "turn 1 is not an object",
        "turn 1 has no text",
        "turn 1 is said by nobody, neither human, gpt nor system",
    ]


def test_turns_of_one_speaker_in_a_row_are_joined_or_kept_if_asked(read):
    row = talk(("human", "问"), ("gpt", "答一"), ("gpt", "答二"))
    assert read("sharegpt", row, options={"odd": "join"}).one.response == "答一\n\n答二"
    assert len(read("sharegpt", row, options={"odd": "keep"}).one.messages) == 3
    with pytest.raises(BadSpec, match="known: reject, join, keep"):
        read("sharegpt", row, options={"odd": "drop"})


def test_the_first_word_may_be_the_assistants_and_the_last_the_users(read):
    opened = read("sharegpt", talk(("gpt", "欢迎"), ("human", "你好"), ("gpt", "请坐"))).one
    assert [m.role for m in opened.messages] == ["assistant", "user", "assistant"]
    got = read("sharegpt", talk(("human", "问"), ("gpt", "答"), ("human", "再问")))
    assert [c.prompt[-1].content for c in got.pending] == ["再问"]


def test_what_export_writes_comes_back(read):
    turns = [("system", "规则"), ("user", "问"), ("assistant", "答"), ("user", "再问"), ("assistant", "再答")]
    messages = [{"role": role, "content": text} for role, text in turns]
    source = {"name": "raw", "row": "1"}
    made = Instance.model_validate(
        {"ability": "role_play", "form": "open", "messages": messages, "source": source}
    )
    row = json.dumps(to_sharegpt(made), ensure_ascii=False)
    assert read("sharegpt", row, ability="role_play").one == made
