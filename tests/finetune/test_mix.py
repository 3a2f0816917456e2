from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.mix import Key, draw
from schemas.errors import BadData, BadSpec, PoolTooSmall
from schemas.even import spread_evenly
from schemas.instance import Origin
from schemas.specs import Draw, MixSpec
from schemas.toml import load_spec

MIXES = Path(__file__).parents[2] / "examples" / "mixes"

# Sizes of the paper's Table 1.
TABLE_1 = {
    "biology": 1242,
    "history": 2093,
    "code": 5168,
    "creative_writing": 1200,
    "chinese": 1650,
    "understanding": 5085,
    "role_play": 1200,
    "reasoning": 12951,
    "math": 11701,
    "ethics": 1200,
}


@dataclass(frozen=True)
class Bare:
    """All that drawing looks at."""

    id: str


def pools(sizes: dict[str, int], origin: Origin = "human") -> dict[Key, list[Bare]]:
    return {(a, origin): [Bare(f"{a}-{origin}-{i}") for i in range(n)] for a, n in sizes.items()}


PAPER = pools({ability: size - 200 for ability, size in TABLE_1.items()})


def ids(rows: Sequence[Bare]) -> set[str]:
    return {row.id for row in rows}


def test_baseline_is_a_thousand_of_each() -> None:
    mix = draw(load_spec(MIXES / "baseline.toml", MixSpec), PAPER)
    assert mix.by_ability == dict.fromkeys(TABLE_1, 1000)


def test_reconstruct_fills_what_the_caps_leave_of_ten_thousand() -> None:
    mix = draw(load_spec(MIXES / "reconstruct.toml", MixSpec), PAPER)
    evenly = ("history", "code", "chinese", "understanding", "reasoning", "math")
    assert mix.by_ability == {
        "ethics": 64,
        "role_play": 64,
        "creative_writing": 1000,
        "biology": 1042,
        **dict.fromkeys(evenly, 1305),
    }
    assert len(mix.rows) == len(ids(mix.rows)) == 10_000


def test_maximum_takes_the_rest_in_full() -> None:
    mix = draw(load_spec(MIXES / "maximum.toml", MixSpec), PAPER)
    capped = {"ethics": 64, "role_play": 64, "creative_writing": 1000}
    assert mix.by_ability == {a: n - 200 for a, n in TABLE_1.items()} | capped
    assert len(mix.rows) == 39_618


def test_rows_are_nested_by_n_and_stay_when_the_pool_grows() -> None:
    def take(n: int, size: int = 50, seed: int = 3) -> set[str]:
        spec = MixSpec(name="m", draws=(Draw(ability="*", count=n),), seed=seed)
        return ids(draw(spec, pools({"math": size, "code": size})).rows)

    assert take(1) < take(4) < take(16) < take(50)
    assert take(16) != take(16, seed=4)
    # Rows that come later displace some of the first 16, but do not reshuffle the others.
    grown = take(16, size=60)
    old = {i for i in grown if int(i.rsplit("-", 1)[1]) < 50}
    assert old <= take(16)
    assert old


def test_the_mix_is_told_apart_by_its_hash_and_order_of_the_pool_does_not_matter() -> None:
    spec = MixSpec(name="m", draws=(Draw(ability="*", count=5),))
    forward = pools({"math": 20, "code": 20})
    backward = {key: rows[::-1] for key, rows in reversed(forward.items())}
    assert draw(spec, forward).rows == draw(spec, backward).rows
    assert draw(spec, forward).hash == draw(spec, backward).hash
    assert draw(spec, forward).hash != draw(spec.model_copy(update={"seed": 1}), forward).hash


def test_origins_are_separate_pools() -> None:
    both = pools({"math": 9}) | pools({"math": 5, "unlabelled": 7}, "synthetic")
    spec = MixSpec(
        name="m",
        draws=(Draw(ability="math", count=2), Draw(ability="*", origin="synthetic", count="available")),
    )
    mix = draw(spec, both)
    assert mix.counts == {
        ("math", "human"): 2,
        ("math", "synthetic"): 5,
        ("unlabelled", "synthetic"): 7,
    }
    assert mix.by_ability == {"math": 7, "unlabelled": 7}
    assert mix.available[("math", "human")] == 9


@pytest.mark.parametrize(
    ("spec", "needle"),
    [
        (MixSpec(name="m", draws=(Draw(ability="math", count=11),)), "math human: .* 10 .* 11 "),
        (MixSpec(name="m", draws=(Draw(ability="ethics", count=1),)), "ethics human: .* 0 .* 1 "),
        (MixSpec(name="m", total=31, draws=(Draw(ability="*"),)), "code human 20, math human 10.* 30 .* 31 "),
    ],
)
def test_too_small_a_pool_names_ability_have_and_need(spec: MixSpec, needle: str) -> None:
    with pytest.raises(PoolTooSmall, match=needle):
        draw(spec, pools({"math": 10, "code": 20}))


@pytest.mark.parametrize(
    "draws",
    [
        (Draw(ability="math"),),  # neither count nor total
        (Draw(ability="math", count=3, cap=4),),
        (Draw(ability="math", count=3), Draw(ability="math", count=4)),
        (Draw(ability="*", origin="synthetic", count=3),),
    ],
)
def test_contradictions_are_refused(draws: tuple[Draw, ...]) -> None:
    with pytest.raises(BadSpec):
        draw(MixSpec(name="m", draws=draws), pools({"math": 10}))


def test_counts_over_the_total_and_repeated_rows_are_refused() -> None:
    with pytest.raises(BadSpec, match="12, more than the total 10"):
        draw(MixSpec(name="m", total=10, draws=(Draw(ability="math", count=12),)), pools({"math": 20}))
    with pytest.raises(BadData):
        draw(
            MixSpec(name="m", draws=(Draw(ability="math", count=1),)),
            {("math", "human"): [Bare("a"), Bare("a")]},
        )


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30), min_size=1), st.data())
def test_filling_is_even_exact_and_within_the_limits(sizes: dict[str, int], data: st.DataObject) -> None:
    limits: dict[Key, int] = {(a, "human"): n for a, n in sizes.items()}
    total = data.draw(st.integers(0, sum(sizes.values())))
    shares = spread_evenly(limits, total)
    assert sum(shares.values()) == total
    assert all(0 <= shares[k] <= limits[k] for k in limits)
    # Who got less than another by more than the indivisible one was stopped by its limit.
    most = max(shares.values())
    assert all(shares[k] == limits[k] for k in limits if shares[k] < most - 1)
    assert spread_evenly(dict(reversed(limits.items())), total) == shares
