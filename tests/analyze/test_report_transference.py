"""The Transference section: one order everywhere, pairs behind the means, the other estimates folded."""

from __future__ import annotations

import pytest

from analyze.report import render
from analyze.report.transference import arranged, column_share, means_removed
from schemas.results import TransferMatrix
from tests.analyze.report_page import Page
from tests.analyze.report_sample import NAMES, sample_report


def matrix(rows: list[list[float | None]], estimator: str = "trained") -> TransferMatrix:
    names = ("a", "b", "c", "d")[: len(rows)]
    values = tuple(tuple(row) for row in rows)
    return TransferMatrix(estimator=estimator, abilities=names, values=values, unit="bits")


def additive(row: list[float], column: list[float]) -> list[list[float | None]]:
    return [[None if i == j else r + c for i, c in enumerate(column)] for j, r in enumerate(row)]


def test_one_order_for_rows_and_columns() -> None:
    given = matrix([[None, 1, 2], [3, None, 4], [5, 6, None]])
    found = arranged(given, ["c", "x", "a"])
    assert found.abilities == ("c", "a", "b")
    assert found.values == ((None, 5, 6), (2, None, 1), (4, 3, None))
    assert arranged(found, ["a", "b", "c"]) == given


def test_share_between_columns() -> None:
    assert column_share(matrix(additive([0, 0, 0, 0], [1, 5, 2, 9]))) == pytest.approx(1)
    rows = column_share(matrix(additive([1, 5, 2, 9], [0, 0, 0, 0])))
    assert rows is not None
    assert rows < 0.2
    assert column_share(matrix(additive([0, 0, 0], [0, 0, 0]))) is None
    assert column_share(matrix([[None, 1, 2], [3, None, None], [5, 6, None]])) is None


def test_means_removed_leaves_the_special_pair() -> None:
    plain = means_removed(matrix(additive([1, -4, 2, 7], [3, 0, 30, -9])))
    assert plain is not None
    assert all(v == pytest.approx(0, abs=1e-12) for row in plain.values for v in row if v is not None)
    rows = additive([1, -4, 2, 7], [3, 0, 30, -9])
    assert rows[1][2] is not None
    rows[1][2] += 6
    special = means_removed(matrix(rows))
    assert special is not None
    flat = {(j, i): v for j, row in enumerate(special.values) for i, v in enumerate(row) if v is not None}
    assert max(flat, key=lambda pair: flat[pair]) == (1, 2)
    assert sum(flat.values()) == pytest.approx(0, abs=1e-12)
    assert special.values[2][2] is None
    assert means_removed(matrix([[None, 1, 2], [3, None, None], [5, 6, None]])) is None


def test_trained_stands_beside_the_first_estimate_and_the_rest_is_folded() -> None:
    page = Page(render(sample_report()))
    heads = ["trained", "response-mmd", "effective-data", "control"]
    labels = {a["id"]: a["aria-label"] for _, a in page.elements if a.get("class") == "plot"}
    found = {k: v for k, v in labels.items() if k.startswith("transference-")}
    assert list(found) == [
        "transference-1",
        "transference-2",
        "transference-pairs-1",
        "transference-pairs-2",
        "transference-3",
        "transference-4",
    ]
    for number, name in enumerate(heads, start=1):
        assert f"estimator {name}," in found[f"transference-{number}"]
    assert "trained, row and column means removed" in page.text
    assert "Other estimates: effective-data, control" in page.text
    assert "worth less than one of the target" in page.text
    for id in found:
        assert page.data("figure-data")[id]["data"][0]["x"] == list(NAMES)


def test_maps_of_pairs_only_where_columns_rule() -> None:
    report = sample_report()
    even = matrix([[None, 1, 2], [3, None, 1], [2, 3, None]])
    page = Page(render(report.model_copy(update={"transfer": (even,)})))
    assert [id for id in page.ids("plot") if id.startswith("transference")] == ["transference-1"]
    assert "means removed" not in page.text
    assert "Other estimates" not in page.text
