"""The agreement that goes with an export, for the dataset card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
from sqlalchemy import Connection, select

from curation.export.history import AGREEMENT, Agreement, AgreementFile
from curation.review.agreement.measures import Agreements
from curation.review.agreement.report import Agreed, AgreementReport, Name
from curation.review.agreement.settings import Settings, settings_of
from curation.review.agreement.standing import decided_votes
from curation.review.agreement.units import pairings_of, units_of
from curation.review.process import Process
from curation.review.tables import meta
from schemas.jsonl import write_atomic

MEASURES: tuple[Name, ...] = ("observed agreement", "Krippendorff's alpha", "Gwet's AC1")


def process_of(connection: Connection) -> Process:
    """The rules of the store."""
    rules = connection.execute(select(meta.c.value).where(meta.c.key == "process")).scalar_one()
    return Process.model_validate(orjson.loads(rules))


def agreement_file(connection: Connection, settings: Settings | None = None) -> AgreementFile:
    """Observed agreement, alpha and AC1 of all abilities together and of each; what is undefined is left out.

    Empty before anything was judged by two people.
    """
    settings = settings or settings_of(process_of(connection))
    votes = decided_votes(connection)
    units = units_of(votes, settings)
    agreements = Agreements(units, pairings_of(units), votes.annotators, settings)
    found = list(_rows(agreements.group(np.arange(len(units))))) if len(units) else []
    if len(votes.abilities) > 1:
        for code, ability in enumerate(votes.abilities):
            found += _rows(agreements.group(np.flatnonzero(units.ability == code), ability=ability))
    return AgreementFile(agreement=tuple(found))


def file_of(report: AgreementReport) -> AgreementFile:
    """The same out of a whole report."""
    lines = (report.total, *report.abilities) if len(report.abilities) > 1 else (report.total,)
    return AgreementFile(agreement=tuple(row for line in lines for row in _rows(line.agreement)))


def write_agreement(out: Path, found: AgreementFile) -> None:
    """Write `agreement.json` into a folder; where nothing has a value, there is none, nor one of an earlier time."""
    if found.agreement:
        write_atomic(out / AGREEMENT, found.model_dump_json(indent=1) + "\n")
    else:
        (out / AGREEMENT).unlink(missing_ok=True)


def _rows(agreed: Agreed) -> list[Agreement]:
    return [
        Agreement(
            measure=name,
            value=measure.value,
            low=measure.low,
            high=measure.high,
            items=measure.items,
            people=measure.people,
            ability=agreed.ability,
        )
        for name in MEASURES
        if (measure := agreed.of(name)).value is not None
    ]
