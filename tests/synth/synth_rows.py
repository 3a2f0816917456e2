"""Prompts of several forms."""

from __future__ import annotations

from schemas.instance import Distractor, Instance, Message, Source

ALPHABET = "ABCD。.\n答案是对错0123456789问哪个选项正确"


def choice(number: int, ability: str = "biology") -> Instance:
    return Instance(
        ability=ability,
        form="choice",
        messages=(
            Message(role="user", content=f"问{number}：哪个选项正确\nA.是\nB.对\nC.错\nD.个"),
            Message(role="assistant", content="B"),
        ),
        choices=("是", "对", "错", "个"),
        answer="B",
        source=Source(name="exam", row=str(number), group=f"passage-{number // 2}"),
    )


def open_item(number: int = 0) -> Instance:
    return Instance(
        ability="creative_writing",
        form="open",
        messages=(Message(role="user", content=f"写{number}"), Message(role="assistant", content="春天来了")),
        distractors=(Distractor(text="答案", kind="coarse"), Distractor(text="秋天来了", kind="fine")),
        source=Source(name="queries", row=str(number)),
    )
