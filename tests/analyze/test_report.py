"""The report: every number is there, whatever is missing is said, and nothing in the data can act."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analyze import arguments
from analyze.report import render, write
from analyze.report.figures.base import position
from analyze.report.figures.labels import place_labels
from analyze.report.figures.transfer import centre_of
from analyze.report.palette import DARK, LIGHT
from analyze.report.stored import read_report
from analyze.report.words import (
    badge,
    duration,
    named,
    number,
    p_value,
    parameters,
    probability,
    relation,
    saturation_words,
)
from schemas.cli import Command, main
from schemas.errors import BadData, ExitCode, MissingFile
from schemas.results import Finding, Interval, Report, Saturation, TransferMatrix, Verdict
from tests.analyze.report_page import Page
from tests.analyze.report_sample import BASES, NAMES, sample_report

COMMANDS = [Command("report", "", "", "analyze.report.command:report", arguments.arguments_report)]


@pytest.fixture(scope="module")
def full() -> Page:
    return Page(render(sample_report()))


def test_every_figure_has_its_numbers_and_its_table(full: Page) -> None:
    plots = full.ids("plot")
    assert plots == list(dict.fromkeys(plots))
    assert set(plots) == set(full.data("figure-data"))
    assert len([1 for t, a in full.elements if t == "details" and a.get("class") == "numbers"]) == len(plots)
    assert {p for p in plots if p.startswith("growth-")} == {f"growth-{i + 1}" for i in range(10)}
    for name in ("mix", "human-synthetic", "transference-1", "transference-2", "forecast", "twin-1"):
        assert name in plots


def test_the_curves_reach_the_page_unchanged(full: Page) -> None:
    report = sample_report()
    lines = [t for t in full.data("figure-data")["growth-3"]["data"] if t["mode"] == "lines+markers"]
    wanted = [c for c in report.curves if c.ability == NAMES[2] and c.metric == "score"]
    assert [t["y"] for t in lines] == [[p.mean for p in c.points] for c in wanted]
    assert len({(t["line"]["color"], t["line"]["dash"]) for t in lines}) == 2 * len(BASES)
    chance = full.data("figure-data")["growth-3"]["layout"]["shapes"][0]
    assert chance["y0"] == pytest.approx(1 / 3)


def test_abilities_carry_field_name_and_both_titles(full: Page) -> None:
    assert "creative_writing" in full.text
    assert "Creative Writing" in full.text
    assert "创意写作" in full.text


def test_a_title_in_both_languages_is_not_doubled() -> None:
    titles = {"creative_writing": "Creative Writing 创意写作", "code": "Code Generation", "own": "My own"}
    report = Report(name="x", abilities=tuple(titles), titles=titles)
    found = [named(report, a) for a in titles]
    assert [(n.title, n.title_zh) for n in found] == [
        ("Creative Writing 创意写作", ""),
        ("Code Generation", "代码生成"),
        ("My own", ""),
    ]


def test_undetermined_verdicts_say_what_would_decide_them(full: Page) -> None:
    section = full.text.split("What could not be concluded")[1]
    assert "1,200 items at 2 seeds" in section
    assert "tiny-18k, single:code, seed 2: time limit" in section


def test_human_minus_synthetic_swaps_its_sign_and_word() -> None:
    interval = Interval(low=1.5, high=4.5, level=0.9)
    human = Verdict(ability="math", factor="synthetic", verdict="responsive", estimate=3.0, interval=interval)
    swapped = Interval(low=-4.5, high=-1.5, level=0.9)
    synthetic = human.model_copy(update={"verdict": "adverse", "estimate": -3.0, "interval": swapped})
    assert (badge(human).word, badge(human).estimate) == ("human better", "+3.0")
    assert (badge(synthetic).word, badge(synthetic).estimate) == ("synthetic better", "−3.0")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"recommendation": None, "comparison": None}, "This report holds no recommendation."),
        ({"forecast": None}, "No forecast was made."),
        ({"transfer": (), "checks": ()}, "Transference was not measured."),
        ({"complexity": ()}, "Complexity was not measured."),
        ({"verdicts": (), "findings": ()}, "this report holds no verdicts"),
        ({"curves": ()}, "This report holds no growth curve."),
    ],
)
def test_a_missing_part_is_named(change: dict, sentence: str) -> None:
    assert sentence in Page(render(sample_report().model_copy(update=change))).text


def test_the_least_report_renders() -> None:
    page = Page(render(Report(name="empty", abilities=())))
    assert page.ids("plot") == []
    assert page.data("figure-data") == {}


def test_one_base_no_synthetic_single_points() -> None:
    report = sample_report()
    curves = tuple(
        c.model_copy(update={"points": c.points[:1], "fitted": ()})
        for c in report.curves
        if c.base == "tiny-18k" and c.origin == "human"
    )
    verdicts = tuple(v for v in report.verdicts if v.factor != "synthetic" and v.base != "small-77k")
    change = {"curves": curves, "verdicts": verdicts, "bases": {"tiny-18k": 18_432}}
    page = Page(render(report.model_copy(update=change)))
    trace = page.data("figure-data")["growth-1"]["data"]
    assert [t["mode"] for t in trace] == ["markers"]
    assert trace[0]["error_y"]["array"][0] > 0
    assert "no comparison of human with synthetic data" in page.text


def test_an_ability_without_cells_is_said() -> None:
    report = sample_report()
    curves = tuple(c for c in report.curves if c.ability != "math")
    assert (
        "No cell of this ability was scored."
        in Page(render(report.model_copy(update={"curves": curves}))).text
    )


def test_the_size_stays_small() -> None:
    assert len(render(sample_report()).encode()) < 6_000_000


def test_palette_twins() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_text_can_be_read(palette: dict[str, str]) -> None:
    """WCAG 2 AA: 4.5 to 1 for text."""
    for name in ("ink", "soft", "human", "responsive", "adverse", "resistant", "undetermined"):
        for ground in ("page", "panel", "wash"):
            pair = sorted((_luminance(palette[name]), _luminance(palette[ground])))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (name, ground)


def test_report_json_comes_back_the_same(tmp_path: Path) -> None:
    report = sample_report()
    page = write(report, tmp_path / "deep")
    assert page == tmp_path / "deep" / "report.html"
    assert read_report(tmp_path / "deep") == report
    assert sorted(p.name for p in page.parent.iterdir()) == ["report.html", "report.json"]


def test_numbers_that_are_not_finite_survive(tmp_path: Path) -> None:
    report = sample_report()
    odd = report.complexity[0].model_copy(update={"gap": float("nan"), "bits_per_character": float("inf")})
    page = write(report.model_copy(update={"complexity": (odd,)}), tmp_path)
    json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)
    again = read_report(tmp_path).complexity[0]
    assert again.gap != again.gap
    assert again.bits_per_character == float("inf")
    assert "NaN" not in Page(page.read_text()).scripts[0][1]


def test_the_command_renders_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = write(sample_report(), tmp_path / "study").read_bytes()
    again = tmp_path / "again"
    arguments = ["report", str(tmp_path / "study" / "report.json"), "--out", str(again)]
    assert main("analyze", "", COMMANDS, arguments) == ExitCode.OK
    assert capsys.readouterr().out.strip() == str(again / "report.html")
    assert (again / "report.html").read_bytes() == first
    assert main("analyze", "", COMMANDS, ["report", str(tmp_path / "study")]) == ExitCode.OK
    assert main("analyze", "", COMMANDS, ["report", str(tmp_path / "none")]) == ExitCode.MISSING_FILE


def test_a_bad_report_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(MissingFile):
        read_report(path)
    for content in (b"{", b"\xff", b'{"name": "x"}', b'{"name": "x", "abilities": [], "more": 1}'):
        path.write_bytes(content)
        with pytest.raises(BadData):
            read_report(path)


def test_words() -> None:
    assert [number(v, 1, signed=True) for v in (1.04, -0.04, -2.0, None, float("nan"))] == [
        "+1.0",
        "0.0",
        "−2.0",
        "–",
        "–",
    ]
    assert [p_value(v) for v in (0.0004997, 0.0005001, 0.2, None)] == ["< 0.001", "0.001", "0.200", "–"]
    assert [probability(v) for v in (0.0, 0.8957, 0.99996)] == ["< 0.001", "0.896", "> 0.999"]
    assert [relation(p_value(v)) for v in (0.0001, 0.04)] == ["< 0.001", "= 0.040"]
    assert [parameters(v) for v in (18_432, 7_000_000_000, 12)] == ["18.4k", "7B", "12"]
    assert [duration(v) for v in (42, 342, 3720)] == ["42 s", "5 min 42 s", "1 h 2 min"]


def test_where_it_saturates() -> None:
    beyond = Saturation(ability="math", verdict="beyond", probability=0.9999)
    assert saturation_words(beyond, 1000) == ("beyond 1000", "Pr > 0.999")
    assert saturation_words(beyond) == ("beyond the largest n", "Pr > 0.999")
    at = Saturation(ability="math", verdict="at", n=256)
    assert saturation_words(at, 1000) == ("at 256", "")
    assert saturation_words(at.model_copy(update={"verdict": "undetermined"}), 1000) == ("undetermined", "")


def test_zero_stands_left_of_one() -> None:
    assert [position(n, 1) for n in (0, 1, 4, 16)] == pytest.approx([-1, 0, 1, 2])
    assert position(0, 16) == pytest.approx(1)


def matrix(*values: float) -> TransferMatrix:
    rows = ((None, values[0]), (values[1], None))
    return TransferMatrix(estimator="e", abilities=("a", "b"), values=rows, unit="u")


def test_where_the_colours_of_transference_are_centred() -> None:
    assert centre_of(matrix(-0.2, 1.5)) == 0
    assert centre_of(matrix(0.0, 1.5)) == 0
    assert centre_of(matrix(-0.6, -0.2)) == pytest.approx(-0.4)
    assert centre_of(matrix(0.8, 0.9)) == pytest.approx(0.85)


def test_labels_of_near_dots_part() -> None:
    places = place_labels(["biology", "history", "code"], [(1, 1), (1.01, 1), (1.02, 1)], (0, 2))
    assert len(set(places)) == 3


def test_findings_are_sorted_by_kind() -> None:
    findings = (
        Finding(kind="caveat", text="first a caveat"),
        Finding(kind="finding", text="then a finding"),
        Finding(kind="not concluded", text="at last an open question"),
    )
    text = Page(render(Report(name="x", abilities=(), findings=findings))).text
    assert text.index("then a finding") < text.index("first a caveat") < text.index("at last an open")


def test_what_the_analysis_concludes_can_be_shown() -> None:
    import numpy as np

    from analyze.simulate import growing_world, planned, simulate
    from analyze.study_report import analyze_study
    from schemas.study import StudySpec

    rng = np.random.default_rng(3)
    world = growing_world(rng, 2)
    cells = planned(world, n=(0, 4, 64), bases={"A": 18_000, "B": 77_000}, origins=("human", "synthetic"))
    table = simulate(world, rng, cells, {"test": 40})
    bases = [{"name": "A", "path": "a"}, {"name": "B", "path": "b"}]
    values = {"name": "sim", "data": "x", "sources": [{"files": ["a"], "format": "jsonl"}], "bases": bases}
    spec = StudySpec.model_validate(values | {"grid": {"origins": ["human"]}})
    report = analyze_study(spec, table, counts={"pool": {"ability_0": 64, "ability_1": 71}})
    page = Page(render(report))
    assert {"growth-1", "growth-2", "twin-1", "human-synthetic"} <= set(page.ids("plot"))
    assert all(f.text in page.text for f in report.findings)
    assert "ability_1 71" in page.text
