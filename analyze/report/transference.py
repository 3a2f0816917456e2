"""The Transference section: trained against the first estimate, the pairs behind the means, the rest in a fold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analyze.report.figures.transfer import centre_of, known_values, transfer_figure
from analyze.report.view import Figure, Gallery, Table
from analyze.report.words import ability_order, number, p_value
from schemas.results import Report, TransferMatrix

LEAD = ("trained", "response-mmd")
NOTES = {
    "effective-data": "A source that does not lower the bits is worth 0. Where a value is near 0, all instances of the "
    "source together are worth less than one of the target: they do not reach the first rung of its curve.",
}
MEANS_RULE = 0.5  # share of the spread between columns above which the map of pairs is drawn as well


def transference(report: Report, gallery: Gallery) -> dict[str, Any] | None:
    """Heat maps, and how well the cheap estimates agree with the trained one.

    `figures` are on the page, `others` in a fold.
    """
    if not report.transfer and not report.checks:
        return None
    order = ability_order(report)
    matrices = [arranged(m, order) for m in report.transfer]
    lead = [m for name in LEAD for m in matrices if m.estimator == name] or matrices[:2]
    rest = [m for m in matrices if not any(m is one for one in lead)]
    rest.sort(key=lambda m: m.estimator == "control")
    trained = next((m for m in lead if m.estimator == "trained"), None)
    share = column_share(trained) if trained else None
    figures = [_drawn(gallery, f"transference-{k + 1}", m) for k, m in enumerate(lead)]
    removed = share is not None and share > MEANS_RULE
    if removed:
        figures += [
            _drawn(gallery, f"transference-pairs-{k + 1}", pairs, "row and column means removed")
            for k, m in enumerate(lead)
            if (pairs := means_removed(m)) is not None
        ]
    others = [_drawn(gallery, f"transference-{len(lead) + k + 1}", m) for k, m in enumerate(rest)]
    return {
        "figures": figures,
        "others": others,
        "names": [m.estimator for m in rest],
        "column_share": f"{100 * share:.0f} %" if share is not None and removed else "",
        "checks": _check_table(report),
    }


def arranged(matrix: TransferMatrix, order: Sequence[str]) -> TransferMatrix:
    """The same matrix with rows and columns in `order`; abilities that `order` lacks come last."""
    known = set(matrix.abilities)
    wanted = [a for a in order if a in known]
    wanted += [a for a in matrix.abilities if a not in set(wanted)]
    place = {a: k for k, a in enumerate(matrix.abilities)}
    values = tuple(tuple(matrix.values[place[j]][place[i]] for i in wanted) for j in wanted)
    return matrix.model_copy(update={"abilities": tuple(wanted), "values": values})


def column_share(matrix: TransferMatrix) -> float | None:
    """Share of the variance off the diagonal that lies between columns: targets that gain from whatever is trained.

    None if a pair is missing or nothing varies.
    """
    count = len(matrix.abilities)
    if count < 3 or len(known_values(matrix)) < count * (count - 1):
        return None
    columns = [known_values_of(matrix, i) for i in range(count)]
    everything = [v for column in columns for v in column]
    mean = sum(everything) / len(everything)
    whole = sum((v - mean) ** 2 for v in everything)
    between = sum(len(c) * (sum(c) / len(c) - mean) ** 2 for c in columns)
    return between / whole if whole > 0 else None


def known_values_of(matrix: TransferMatrix, column: int) -> list[float]:
    return [v for row in matrix.values if (v := row[column]) is not None]


def means_removed(matrix: TransferMatrix) -> TransferMatrix | None:
    """What is left of each pair without its row's and its column's mean, as the checks on `residual` see it.

    None if a pair is missing.
    """
    from analyze.transference.base import as_array
    from analyze.transference.check import transform

    count = len(matrix.abilities)
    if count < 3 or len(known_values(matrix)) < count * (count - 1):
        return None
    left = transform(as_array(matrix, matrix.abilities), "residual")
    values = tuple(tuple(None if i == j else float(left[j, i]) for i in range(count)) for j in range(count))
    return matrix.model_copy(update={"values": values, "seed_agreement": None})


def _drawn(gallery: Gallery, id: str, matrix: TransferMatrix, aspect: str = "") -> Figure:
    centre = centre_of(matrix)
    note = f"{matrix.unit.split(',')[0]}: what is left of each pair" if aspect else matrix.unit
    if centre:
        note += f"; colours are centred on the mean {number(centre, 3, signed=True)}, only the order counts"
    if matrix.seed_agreement is not None:
        note += f"; two seeds agree with Spearman {number(matrix.seed_agreement, 2, signed=True)}"
    if matrix.estimator in NOTES and not aspect:
        note += f". {NOTES[matrix.estimator]}"
    title = f"{matrix.estimator}, {aspect}" if aspect else matrix.estimator
    return gallery.add(
        id,
        f"Transference by the estimator {title}, from source (row) to target (column)",
        transfer_figure(matrix),
        _matrix_table(matrix),
        title=title,
        note=note,
    )


def _matrix_table(matrix: TransferMatrix) -> Table:
    rows = tuple(
        (source, *(number(v, 3, signed=True) for v in row))
        for source, row in zip(matrix.abilities, matrix.values, strict=True)
    )
    return Table(("source ↓ target →", *matrix.abilities), rows)


def _check_table(report: Report) -> Table | None:
    if not report.checks:
        return None
    rows = tuple(
        (
            c.estimator,
            c.target,
            str(c.pairs),
            number(c.spearman, 2, signed=True),
            p_value(c.p),
            p_value(c.p_max),
            number(c.partial, 2, signed=True),
            p_value(c.partial_p),
            number(c.regret, 3),
        )
        for c in report.checks
    )
    numbers = (
        "pairs",
        "Spearman",
        "p",
        "p, all estimators",
        "partial, given the control",
        "p of it",
        "regret",
    )
    return Table(("estimator", "compared with", *numbers), rows, lead=2)
