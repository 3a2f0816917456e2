"""From a whole simulated study to its report, its sentences and its table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analyze.recommend.compare import compare
from analyze.recommend.decision import recommend
from analyze.simulate import planned, simulate
from analyze.study_report import analyze_study, verdict_table
from schemas.progress import Tick
from schemas.results import Cell, Complexity, Report, TransferMatrix
from schemas.specs import BaseSpec
from schemas.study import AnalysisSpec, RecommendSpec, StudySpec, SyntheticSpec, WorldSpec
from schemas.text_table import text_table, width
from tests.analyze.worlds import world_of

WORLD = world_of(
    [0.2] * 6, [0.9, 0.9, 0.9, 0.8, 0.2, 0.2], [3.0, 30, 300, 300, 10, 10], size=0.03, synthetic=0.3
)
SPEC = StudySpec(
    name="planted",
    world=WorldSpec(),
    synthetic=SyntheticSpec(),
    bases=(BaseSpec(name="Z", hidden_size=24, heads=2), BaseSpec(name="A")),
    analysis=AnalysisSpec(draws=40),
    recommend=RecommendSpec(budget=1536),
)


def study(seeds: tuple[int, ...] = (1, 2)) -> pd.DataFrame:
    cells = planned(WORLD, bases={"Z": 18_000, "A": 77_000}, origins=("human", "synthetic"), seeds=seeds)
    return simulate(WORLD, np.random.default_rng(0), cells, {"validation": 60, "test": 200})


def features() -> dict[str, tuple]:
    rng = np.random.default_rng(1)
    names = WORLD.abilities
    values = tuple(tuple(None if i == j else float(rng.normal()) for i in range(6)) for j in range(6))
    matrix = TransferMatrix(estimator="response-mmd", abilities=names, values=values, unit="-MMD²")
    profiles = tuple(
        Complexity(ability=a, bits_per_character=2.0 + k, instruction_following_difficulty=0.9, gap=0.8)
        for k, a in enumerate(names)
    )
    return {"complexity": profiles, "transfer": (matrix,)}


@pytest.fixture(scope="module")
def report() -> Report:
    table = study()
    mix = recommend(table, SPEC.recommend, SPEC.analysis)
    cells = [
        Cell(base="A", parameters=77_000, origin="human", mix=name, n=256, seed=s)
        for name in ("recommended", "uniform_budget")
        for s in (11, 12, 13)
    ]
    tested = simulate(WORLD, np.random.default_rng(2), cells, {"test": 200})
    versus = compare(tested[tested["mix"] == "recommended"], tested[tested["mix"] == "uniform_budget"])
    ticks: list[Tick] = []
    made = analyze_study(
        SPEC,
        table,
        **features(),
        recommendation=mix,
        comparison=versus,
        counts={"test": dict.fromkeys(WORLD.abilities, 200)},
        omitted=("base Z, synthetic, n = 1000, seed 2",),
        titles={a: f"能力 {a}" for a in reversed(WORLD.abilities)},
        progress=ticks.append,
    )
    assert ticks[-1].done == ticks[-1].total
    return made


def test_the_report_holds_everything_and_survives_its_file(report: Report) -> None:
    assert Report.model_validate_json(report.model_dump_json()) == report
    assert len(report.curves) == 2 * 6 * 2 * 2  # metrics, abilities, bases, origins
    assert {v.factor for v in report.verdicts} == {"data", "size", "synthetic"}
    assert {v.metric for v in report.verdicts} == {"score", "bits"}
    assert len(report.saturation) == 6
    assert report.forecast is not None
    assert report.abilities == tuple(reversed(WORLD.abilities))
    for matrix in report.transfer:
        assert matrix.abilities == report.abilities
    assert [c.ability for c in report.complexity] == list(report.abilities)
    assert [s.ability for s in report.saturation] == list(report.abilities)
    assert report.forecast.abilities == report.abilities
    assert report.comparison is not None
    assert tuple(report.comparison.by_ability) == report.abilities
    given = features()["transfer"][0]
    (moved,) = report.transfer
    for j, source in enumerate(given.abilities):
        for i, target in enumerate(given.abilities):
            at = report.abilities.index(source), report.abilities.index(target)
            assert moved.values[at[0]][at[1]] == given.values[j][i]
    assert report.cells == 2 + 2 * 2 * 2 * 6


def test_the_sentences_name_what_is_so_and_what_is_open(report: Report) -> None:
    text = {
        kind: " ".join(f.text for f in report.findings if f.kind == kind)
        for kind in ("finding", "not concluded", "caveat")
    }
    growing = [
        v.ability
        for v in report.verdicts
        if (v.factor, v.metric, v.base, v.verdict) == ("data", "score", "A", "responsive")
    ]
    assert set(growing) == {"ability_0", "ability_1", "ability_2", "ability_3"}
    assert all(a in text["finding"] for a in growing)
    for base in ("Z", "A"):
        apart = [
            c.ability
            for c in report.curves
            if (c.metric, c.base, c.origin) == ("score", base, "human")
            and c.points[-1].interval.low > max(c.chance, c.points[3].interval.high)
        ]
        assert (
            f"On base {base}, {len(apart)} of 6 abilities stand above chance at n = 1000" in text["finding"]
        )
    assert "Human minus synthetic" in text["finding"]
    assert "K = 6" in text["finding"] + text["not concluded"]
    assert "base Z, synthetic, n = 1000, seed 2" in text["caveat"]
    assert "200 items and 2 seeds" in text["caveat"]
    assert "no clear gain" in text["not concluded"]  # both mixes were simulated alike
    kinds = [f.kind for f in report.findings]
    assert kinds == sorted(kinds, key=["finding", "not concluded", "caveat"].index)


def test_the_table_lines_up(report: Report) -> None:
    lines = verdict_table(report).splitlines()
    assert lines[0] == "base model A, test scores"
    assert len(lines) == 4 + 6
    assert max(width(line) for line in lines) <= 130
    assert lines[3].startswith("ability_5 ")
    for word in ("responsive", "human - synthetic", "saturates", "points per factor of 4"):
        assert word in "\n".join(lines)


def test_wide_characters_take_two_cells() -> None:
    assert width("能力 a") == 6
    table = text_table(["名", "x"], [["数学", "1"], ["ab", "22"], ["\x1b[31m", "3"]], right=(1,))
    assert "\x1b" not in table
    head, rule, *rows = table.splitlines()
    assert {width(line) for line in (head, rule, *rows)} == {width(rule)}


def test_one_seed_one_base_one_origin_is_said() -> None:
    spec = SPEC.model_copy(update={"bases": SPEC.bases[1:]})
    cells = planned(WORLD, seeds=(1,))
    made = analyze_study(spec, simulate(WORLD, np.random.default_rng(3), cells, {"test": 50}))
    text = " ".join(f.text for f in made.findings)
    assert "seed variance not estimated" in text
    assert "nothing can be said about model size" in text
    assert {v.factor for v in made.verdicts} == {"data"}
    assert made.forecast is None
    assert "human - synthetic" not in verdict_table(made)


def test_one_name_takes_a_verb_in_the_singular(report: Report) -> None:
    def sentences(*keep: str) -> str:
        spec = SPEC.model_copy(update={"bases": SPEC.bases[1:]})
        table = simulate(WORLD, np.random.default_rng(3), planned(WORLD), {"test": 200})
        made = analyze_study(spec, table[table["ability"].isin(keep)])
        return " ".join(f.text for f in made.findings)

    one, two = (
        sentences("ability_1", "ability_4"),
        sentences("ability_1", "ability_2", "ability_4", "ability_5"),
    )
    assert "On base A, ability_1 grows with data by more than 1 point per factor of 4." in one
    assert "Whether ability_4 responds to data is undetermined on base A" in one
    assert "On base A, 1 of 2 abilities stands above chance" in one
    assert "On base A, 0 of 1 abilities stand above chance" in sentences("ability_4")
    assert "On base A, ability_1 and ability_2 grow with data" in two
    assert "Whether ability_4 and ability_5 respond to data" in two


def test_the_better_origin_is_named_whichever_it_is(report: Report) -> None:
    """The terminal's table and the page use the same words, and the sign decides."""
    from analyze.report.words import badge

    kinds = {v.verdict: v for v in report.verdicts if v.factor == "synthetic" and v.metric == "score"}
    assert "responsive" in kinds
    shown = kinds["responsive"]
    for verdict, words in (("responsive", "human better"), ("adverse", "synthetic better")):
        turned = shown.model_copy(update={"verdict": verdict, "base": "A", "ability": "ability_0"})
        line = verdict_table(report.model_copy(update={"verdicts": (turned,)}))
        assert words in line
        assert badge(turned).word == words
