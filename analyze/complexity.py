"""Complexity: a small profile of an ability, from validation items and the untuned base. Ours.

The paper's formula is not in our sources. Features come from validation items only, so that they can forecast what
is measured on test items.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analyze.score import Items, name_of, predict
from schemas.canonical import unit_hash
from schemas.errors import BadData
from schemas.instance import Instance
from schemas.results import Complexity, Prediction
from schemas.specs import EvalSpec

if TYPE_CHECKING:
    import pandas as pd

    from inference.local import LocalModel

SHOTS = 4
LOW_RESOURCE = 64


def complexity(
    model: LocalModel,
    items: Sequence[Instance],
    low_resource: pd.DataFrame | None = None,
    spec: EvalSpec | None = None,
    shots: int = SHOTS,
) -> list[Complexity]:
    """The profile of every ability among `items`, in the order they first appear.

    - C1, `bits_per_character`: mean over items of -log2 p(y|x) / characters of y; no tokenizer enters the unit.
    - `bits_per_byte` and `bits_per_item`: the same per UTF-8 byte, and not divided at all.
    - its few-shot variant: the same after `shots` worked items of the ability in the prompt (other items of the same
      sample, chosen by hash, never of the same group); None where one of the prompts does not fit the model's
      context or the ability has too few items. One-letter answers measure the format until it has been shown.
    - C2, `instruction_following_difficulty`: PPL(y|x) / PPL(y) (Li et al. 2024), geometric mean over items, the
      perplexities being per response token.
    - C3, `gap`: 1 - (S_0 - c) / (1 - c) with S_0 the base's score on these items and c their chance score.
    - C4, `low_resource_area`: mean over n = 1 ... 64 of the uniform runs' score minus the untuned base's.

    Args:
        model: the untuned base.
        low_resource: results table of that base; the rows with split `validation`, origin `human` count. None, or
            no such rows: C4 is None.

    Raises:
        BadData: no items, or one that can't be scored or does not fit the model's positions.
    """
    if not items:
        raise BadData("there are no items", do="give validation items of at least one ability")
    prepared = items if isinstance(items, Items) else Items(items)
    predictions = predict(model, prepared, spec)
    bare = model.unconditional([i.response for i in prepared.instances])
    bits = [p.nll / math.log(2) for p in predictions]
    shot_bits = _few_shot_bits(model, prepared.instances, shots)
    areas = low_resource_area(low_resource) if low_resource is not None else {}
    rows: dict[str, list[int]] = {}
    for k, item in enumerate(prepared.instances):
        rows.setdefault(item.ability, []).append(k)
    return [
        Complexity(
            ability=ability,
            bits_per_character=_mean([predictions[k].bits_per_character for k in own]),
            bits_per_byte=_mean([bits[k] / len(prepared.instances[k].response.encode()) for k in own]),
            bits_per_item=_mean([bits[k] for k in own]),
            few_shot_bits_per_character=shot_bits.get(ability),
            instruction_following_difficulty=math.exp(
                _mean(
                    [predictions[k].nll / predictions[k].tokens - bare[k].nll / bare[k].tokens for k in own]
                )
            ),
            gap=_gap([predictions[k] for k in own]),
            low_resource_area=areas.get(ability),
        )
        for ability, own in rows.items()
    ]


def low_resource_area(
    table: pd.DataFrame, base: str = "", split: str = "validation", largest_n: int = LOW_RESOURCE
) -> dict[str, float]:
    """C4: ability -> mean gain over the untuned base at 0 < n <= `largest_n`, share of 1.

    Every rung of the grid weighs the same, which for rungs of equal ratio is the area over log n. Abilities without
    an untuned base or without such runs are left out.

    Args:
        base: whose runs count; empty for the largest base of the table.
    """
    rows = table[table["split"] == split]
    if rows.empty:
        return {}
    base = base or str(rows["base"].iloc[int(rows["parameters"].to_numpy().argmax())])
    rows = rows[rows["base"] == base]
    start = rows[rows["n"] == 0].groupby("ability")["score"].mean()
    low = rows[
        (rows["n"] > 0) & (rows["n"] <= largest_n) & (rows["mix"] == "uniform") & (rows["origin"] == "human")
    ]
    rungs = low.groupby(["ability", "n"])["score"].mean().reset_index()
    area = rungs.groupby("ability")["score"].mean()
    return {str(a): float(area[a] - start[a]) for a in area.index if a in start.index}


def _few_shot_bits(model: LocalModel, items: Sequence[Instance], shots: int) -> dict[str, float]:
    """Ability -> mean bits per character of the gold response after `shots` in-format examples."""
    from inference.chat import Pair

    by_ability: dict[str, list[Instance]] = {}
    for item in items:
        by_ability.setdefault(item.ability, []).append(item)
    out = {}
    for ability, own in by_ability.items():
        order = sorted(own, key=lambda i: unit_hash("shots", i.id))
        pairs = []
        for item in own:
            shown = [o for o in order if not _related(o, item)][:shots]
            prompt = tuple(m for s in shown for m in s.messages) + item.prompt
            if len(shown) == shots:
                pairs.append(Pair(prompt, item.response, name_of(item)))
        encoded = model.encode(pairs)
        fits = model.limit is None or all(len(e.ids) <= model.limit for e in encoded)
        if shots and len(pairs) == len(own) and fits:
            found = model.loglikelihood(encoded)
            bits = [f.nll / math.log(2) / len(i.response) for f, i in zip(found, own, strict=True)]
            out[ability] = _mean(bits)
    return out


def _related(first: Instance, second: Instance) -> bool:
    """An item's own group (a shared passage, a wording) would give its answer away."""
    same_group = (first.source.name, first.source.group) == (second.source.name, second.source.group)
    return first.id == second.id or (bool(first.source.group) and same_group)


def _gap(predictions: Sequence[Prediction]) -> float:
    score, chance = _mean([p.score for p in predictions]), _mean([p.chance for p in predictions])
    return 1 - (score - chance) / (1 - chance)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
