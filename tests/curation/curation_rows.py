"""Small instances for the tests of curation."""

from __future__ import annotations

from schemas.instance import Distractor, Instance, Message, Origin, Source


def choice(
    question: str,
    answer: str = "A",
    *,
    ability: str = "biology",
    row: str = "1",
    group: str = "",
    options: tuple[str, ...] = ("甲", "乙"),
    origin: Origin = "human",
    source: str = "s",
) -> Instance:
    prompt = "\n".join([question, *(f"{a}.{o}" for a, o in zip("ABCD", options, strict=False))])
    return Instance(
        ability=ability,
        form="choice",
        messages=(Message(role="user", content=prompt), Message(role="assistant", content=answer)),
        choices=options,
        answer=answer,
        origin=origin,
        source=Source(name=source, row=row, group=group),
    )


def open_item(
    prompt: str,
    reply: str,
    *,
    ability: str = "creative_writing",
    row: str = "1",
    group: str = "",
    distractors: tuple[str, ...] = (),
    origin: Origin = "human",
    source: str = "s",
) -> Instance:
    return Instance(
        ability=ability,
        form="open",
        messages=(Message(role="user", content=prompt), Message(role="assistant", content=reply)),
        distractors=tuple(Distractor(text=d) for d in distractors),
        origin=origin,
        source=Source(name=source, row=row, group=group),
    )
