"""Coarse distractors for open items that came without: fluent responses to other instructions."""

from __future__ import annotations

from collections.abc import Sequence

from curation.canonical import canonical_text, prompt_text
from schemas.canonical import unit_hash
from schemas.errors import BadData
from schemas.instance import Distractor, Instance

_NEIGHBOURS = 64


def borrow_distractors(instances: Sequence[Instance], count: int = 2, seed: int = 0) -> list[Instance]:
    """Give every open instance without distractors `count` coarse ones from the responses of the others.

    A distractor is drawn by `unit_hash` among the responses nearest in length, never one to the same prompt, from
    the same group or with the same text. Instances that have distractors, or are not open, stay as they are.

    Args:
        instances: instances of one part of one ability, so that no test item shows a trained response.
        count: distractors an item.
        seed: of the draw.

    Raises:
        BadData: an item for which the others hold too few different responses.
    """
    lenders = sorted(
        (i for i in instances if i.form in ("open", "code")), key=lambda i: (len(i.response), i.id)
    )
    keys = [(prompt_text(i), canonical_text(i.response)) for i in lenders]
    place_of = {i.id: place for place, i in enumerate(lenders)}
    made = []
    for instance in instances:
        if instance.form not in ("open", "code") or instance.distractors:
            made.append(instance)
            continue
        place = place_of[instance.id]
        found = _nearest(lenders, keys, place, count, seed)
        if len(found) < count:
            raise BadData(
                f"{len(found)} other responses to borrow as distractors, {count} are needed",
                where=f"{instance.ability} {instance.id[:12]}",
                do="add rows to the source",
            )
        content = instance.model_dump(exclude={"id", "distractors"})
        made.append(Instance(**content, distractors=tuple(Distractor(text=t, kind="coarse") for t in found)))
    return made


def _nearest(
    lenders: Sequence[Instance], keys: Sequence[tuple[str, str]], place: int, count: int, seed: int
) -> list[str]:
    me, (prompt, response) = lenders[place], keys[place]
    group = me.source.group
    window = _NEIGHBOURS
    while True:
        low, high = max(0, place - window // 2), min(len(lenders), place + window // 2 + 1)
        usable = [
            j
            for j in range(low, high)
            if keys[j][0] != prompt
            and keys[j][1] != response
            and not (group and lenders[j].source.group == group)
        ]
        usable.sort(key=lambda j: unit_hash(seed, me.id, lenders[j].id))
        chosen: dict[str, str] = {}
        for j in usable:
            chosen.setdefault(keys[j][1], lenders[j].response)
            if len(chosen) == count:
                return list(chosen.values())
        if low == 0 and high == len(lenders):
            return list(chosen.values())
        window *= 4
