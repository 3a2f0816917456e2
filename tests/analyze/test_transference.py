"""Estimators: against plain formulas, in worlds with a planted order, and the registry."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analyze.transference import base, control
from analyze.transference.base import Array, Evidence, as_array, as_matrix, find_estimator, top_pairs
from analyze.transference.check import spearman
from analyze.transference.embedding import choose, cosine, encode_pool, gp, knn, mmd, rbf
from analyze.transference.trained import effective_data, loss_drops, own_curves
from schemas.errors import BadData
from schemas.instance import Instance, Message, Source


def open_item(ability: str, question: str, answer: str) -> Instance:
    return Instance(
        ability=ability,
        form="open",
        messages=(Message(role="user", content=question), Message(role="assistant", content=answer)),
        source=Source(name="test", row=question),
    )


def clouds(shift: dict[str, float], items: int = 40, seed: int = 0) -> dict[str, Array]:
    """Abilities along one line: the nearer, the more alike."""
    generator = np.random.default_rng(seed)
    return {a: generator.normal(size=(items, 5)) + np.eye(5)[0] * s for a, s in shift.items()}


# Embeddings ---------------------------------------------------------------------------------------------------------


def test_mmd_is_the_plain_unbiased_formula() -> None:
    embeddings = {"a": clouds({"a": 0})["a"][:7], "b": clouds({"b": 1}, seed=1)["b"][:9]}
    kernel = rbf(embeddings)
    k = kernel.values
    a, b = range(7), range(7, 16)
    within_a = np.mean([k[x, y] for x in a for y in a if x != y])
    within_b = np.mean([k[x, y] for x in b for y in b if x != y])
    across = np.mean([k[x, y] for x in a for y in b])
    assert mmd(kernel)[0, 1] == pytest.approx(-(within_a + within_b - 2 * across))


def test_kernel_width_is_the_median_distance() -> None:
    embeddings = clouds({"a": 0, "b": 3}, items=6)
    points = np.concatenate(list(embeddings.values()))
    distances = [np.linalg.norm(x - y) for n, x in enumerate(points) for y in points[:n]]
    squared = np.median(np.square(distances))
    assert rbf(embeddings).values[0, 7] == pytest.approx(
        math.exp(-(np.linalg.norm(points[0] - points[7]) ** 2) / (2 * squared))
    )


def test_unbiased_mmd_is_zero_on_average_for_equal_distributions() -> None:
    found = [mmd(rbf(clouds({"a": 0, "b": 0}, items=20, seed=s)))[0, 1] for s in range(200)]
    assert abs(np.mean(found)) < 3 * np.std(found) / math.sqrt(len(found))


def test_gp_is_the_plain_formula_and_grows_with_n() -> None:
    embeddings = clouds({"a": 0, "b": 1}, items=12)
    kernel = rbf(embeddings)
    k_jj, k_ij = kernel.block(0, 0), kernel.block(1, 0)
    plain = np.trace(k_ij @ np.linalg.inv(k_jj + 0.1 * np.eye(12)) @ k_ij.T) / 12
    assert gp(kernel)[0, 1] == pytest.approx(plain)
    values = [gp(kernel, n)[0, 1] for n in (1, 4, 12, 100, 10_000)]
    assert values == sorted(values)
    assert 0 < values[0] < values[-1] <= 1


def test_gp_with_repeats_counts_each_item_as_often() -> None:
    """n = 3 m is every item three times over, with independent noise."""
    kernel = rbf(clouds({"a": 0, "b": 1}, items=8))
    three = np.tile(np.arange(8), 3)
    k_jj = kernel.block(0, 0)[np.ix_(three, three)] + 0.1 * np.eye(24)
    k_ij = kernel.block(1, 0)[:, three]
    assert gp(kernel, 24)[0, 1] == pytest.approx(np.trace(k_ij @ np.linalg.inv(k_jj) @ k_ij.T) / 8)


def test_gp_and_knn_are_asymmetric() -> None:
    generator = np.random.default_rng(0)
    embeddings = {"wide": generator.normal(size=(60, 2)) * 3, "narrow": generator.normal(size=(60, 2)) * 0.2}
    kernel = rbf(embeddings)
    for values in (gp(kernel), knn(kernel)):
        assert values[0, 1] > values[1, 0]  # the wide one covers the narrow one, not the other way round


@pytest.mark.parametrize("name", ["response-mmd", "response-gp", "response-knn", "response-cosine"])
def test_nearer_abilities_rank_higher(name: str) -> None:
    embeddings = clouds({"a": 0, "near": 1, "far": 4, "beyond": 6})
    found = find_estimator(name).estimate(Evidence(embeddings={"response": embeddings}))
    values = as_array(found)
    assert values[1, 0] > values[2, 0]
    assert values[2, 3] > values[0, 3]
    assert np.isnan(np.diag(values)).all()
    assert top_pairs(found, 1)[0][:2] in {("a", "near"), ("near", "a"), ("far", "beyond"), ("beyond", "far")}


def test_equal_items_and_scale_do_not_break_the_kernel() -> None:
    same = {"a": np.ones((4, 3)), "b": np.ones((5, 3))}
    assert mmd(rbf(same)) == pytest.approx(np.zeros((2, 2)))
    assert np.isfinite(cosine(same)).all()
    embeddings = clouds({"a": 0, "b": 1, "c": 5})
    larger = {a: 1000 * e + 7 for a, e in embeddings.items()}
    np.testing.assert_allclose(mmd(rbf(embeddings)), mmd(rbf(larger)), atol=1e-8)


def test_encode_pool_chooses_nested_items_and_splits_them_back() -> None:
    pool = {a: [open_item(a, f"{a}{k}", "x" * (k + 1)) for k in range(6 + n)] for n, a in enumerate("ab")}

    class Lengths:
        def encode(self, instances: list[Instance], channel: str) -> Array:
            return np.array([[len(i.response), ord(i.ability), len(channel)] for i in instances], dtype=float)

    found = encode_pool(Lengths(), pool, items=4)
    for ability in "ab":
        chosen = choose(pool[ability], 4)
        assert set(choose(pool[ability], 2)) <= set(chosen)
        assert found[ability].tolist() == [[len(i.response), ord(ability), 8] for i in chosen]
    with pytest.raises(BadData, match="'a' has 1 instance"):
        encode_pool(Lengths(), {"a": pool["a"][:1]}, items=4)


def test_missing_evidence_is_one_clear_line() -> None:
    for estimator in base.estimators().values():
        with pytest.raises(BadData):
            estimator.estimate(Evidence())
    with pytest.raises(BadData, match="known: response-mmd"):
        find_estimator("nonsense")


# The registry -------------------------------------------------------------------------------------------------------


def test_one_class_is_a_new_estimator() -> None:
    class Constant:
        name, needs, channel, summary = "constant-test", "texts", None, "for this test"

        def estimate(self, evidence: Evidence) -> object:
            return as_matrix(self.name, tuple(evidence.items), np.ones((2, 2)), "none")

    base.register(Constant())
    try:
        found = find_estimator("constant-test").estimate(Evidence(items={"a": [], "b": []}))
        assert found.values == ((None, 1.0), (1.0, None))
        with pytest.raises(ValueError, match="two estimators"):
            base.register(type("Other", (Constant,), {})())
    finally:
        base._REGISTERED.pop("constant-test")
    assert next(iter(base.estimators())) == base.DEFAULT


# The control --------------------------------------------------------------------------------------------------------


def control_pool() -> dict[str, list[Instance]]:
    choice = [
        Instance(
            ability="quiz",
            form="choice",
            messages=(Message(role="user", content=f"鱼{k}"), Message(role="assistant", content="A")),
            choices=("甲", "乙"),
            answer="A",
            source=Source(name="test", row=str(k)),
        )
        for k in range(5)
    ]
    return {
        "quiz": choice,
        "poem": [open_item("poem", f"诗{k}", "春花秋月" * (1 + k % 3)) for k in range(5)],
        "verse": [open_item("verse", f"词{k}", "秋月春花" * (1 + k % 3)) for k in range(5)],
        "essay": [open_item("essay", f"文{k}", "江山如画" * 20) for k in range(5)],
    }


def test_controls_see_form_length_and_words_only() -> None:
    pool = control_pool()
    form, length = control.form(pool), control.length(pool)
    assert form[0, 1] == -1
    assert form[1, 2] == 0
    assert length[1, 2] == 0
    assert length[1, 3] < 0
    words = control.unigram(pool)
    assert words[1, 2] == words[2, 1] == max(words[j, i] for j in range(4) for i in range(4) if j != i)
    alike = control.characters(pool)
    assert alike[1, 2] > alike[1, 3]


def test_unigram_control_is_a_cross_entropy() -> None:
    pool = {"a": [open_item("a", "q", "xxy")], "b": [open_item("b", "q", "xz")]}
    p_x, p_z = (2 + 0.5) / (3 + 1.5), 0.5 / (3 + 1.5)
    assert control.unigram(pool)[0, 1] == pytest.approx((math.log2(p_x) + math.log2(p_z)) / 2)


def test_the_shown_control_is_the_mean_of_the_four() -> None:
    evidence = Evidence(items=control_pool())
    four = control.control_matrices(evidence)
    assert [m.estimator for m in four] == list(control.CONTROLS)
    shown = as_array(find_estimator("control").estimate(evidence))
    apart = ~np.eye(4, dtype=bool)
    scaled = [(v[apart] - v[apart].mean()) / v[apart].std() for v in map(as_array, four)]
    np.testing.assert_allclose(shown[apart], np.mean(scaled, axis=0))


# Trained ------------------------------------------------------------------------------------------------------------


def planted_table(seeds: tuple[int, ...] = (1, 2), noise: float = 0.01) -> tuple[pd.DataFrame, Array]:
    """Bits of three abilities fall by .5 per log2(1 + n) of their own data; j's data count tau[j, i] as much."""
    tau = np.array([[1, 0.5, 0.1], [0.05, 1, 0.0], [0.2, 0.02, 1]])
    names, generator = ("a", "b", "c"), np.random.default_rng(0)
    rows: list[dict[str, object]] = []

    def add(mix: str, n: int, seed: int, worth: Array, counts: Array) -> None:
        for i, ability in enumerate(names):
            bits = 6 - 0.5 * math.log2(1 + worth[i]) + noise * generator.normal()
            for item in range(2):
                rows.append(
                    {
                        "base": "A",
                        "parameters": 10,
                        "origin": "human",
                        "mix": mix,
                        "n": n,
                        "seed": seed,
                        "split": "validation",
                        "ability": ability,
                        "item": f"{ability}{item}",
                        "bits": bits + (item - 0.5),
                        "n_ability": int(counts[i]),
                    }
                )

    add("base", 0, 0, np.zeros(3), np.zeros(3))
    for seed in seeds:
        for n in (1, 4, 16, 64, 256):
            add("uniform", n, seed, np.full(3, float(n)), np.full(3, n))
        for j in range(3):
            add(f"single:{names[j]}", 64, seed, 64 * tau[j], 64 * np.eye(3)[j])
    return pd.DataFrame(rows), tau


def test_loss_drops_are_base_minus_run() -> None:
    table, tau = planted_table(noise=0.0)
    drops = loss_drops(table)
    assert (drops.abilities, drops.n, drops.base) == (("a", "b", "c"), 64, "A")
    np.testing.assert_allclose(drops.mean, 0.5 * np.log2(1 + 64 * tau), atol=1e-9)
    assert drops.seed_agreement == pytest.approx(1)
    assert loss_drops(planted_table(seeds=(1,))[0]).seed_agreement is None
    shown = find_estimator("trained").estimate(Evidence(table=table))
    assert shown.values[0][0] is None
    assert top_pairs(shown, 1)[0][:2] == ("a", "b")


def test_effective_data_brackets_the_planted_worth() -> None:
    table, tau = planted_table(noise=0.0)
    drops = loss_drops(table)
    found = {(d.source, d.target): d for d in effective_data(drops, own_curves(table, "A"))}
    assert len(found) == 6
    for (source, target), data in found.items():
        worth = 64 * tau["abc".index(source), "abc".index(target)]
        assert data.low <= worth + 1e-6
        assert worth <= data.high + 1e-6
        assert data.estimate == pytest.approx(worth, abs=1e-6)  # the planted curve is linear in log(1 + d)
    assert found["b", "c"].high == 0


def test_effective_data_beyond_the_grid_and_harm_are_censored() -> None:
    table, _ = planted_table(noise=0.0)
    table.loc[(table["mix"] == "single:a") & (table["ability"] == "b"), "bits"] = 0.1
    table.loc[(table["mix"] == "single:a") & (table["ability"] == "c"), "bits"] = 9.0
    found = {(d.source, d.target): d for d in effective_data(loss_drops(table), own_curves(table, "A"))}
    assert (found["a", "b"].low, found["a", "b"].high, found["a", "b"].estimate) == (256, math.inf, None)
    assert found["a", "c"].adverse
    matrix = find_estimator("effective-data").estimate(Evidence(table=table))
    assert matrix.values[0][1] == 4
    assert matrix.values[0][2] == 0


def test_a_missing_run_leaves_gaps_only_in_its_row() -> None:
    table, _ = planted_table()
    drops = loss_drops(table[table["mix"] != "single:a"])
    assert drops.abilities == ("b", "c", "a")
    assert np.isnan(drops.mean[2]).all()
    assert np.isfinite(drops.mean[:2]).all()


def test_tables_without_the_runs_are_refused() -> None:
    table, _ = planted_table()
    with pytest.raises(BadData, match="no single-source runs"):
        loss_drops(table[table["mix"] == "uniform"])
    with pytest.raises(BadData, match="no untuned base"):
        loss_drops(table[table["n"] > 0])
    with pytest.raises(BadData, match="test split"):
        loss_drops(table, split="test")


def test_spearman_of_a_constant_is_zero() -> None:
    assert spearman(np.ones(5), np.arange(5.0)) == 0
