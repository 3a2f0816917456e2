"""What a dataset card is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from curation.export.files import Written
from curation.export.history import History
from curation.export.layouts.base import Layout
from curation.export.tally import Tally

# A script that at least this share of the sampled rows is written in is worth a word.
SHARE = 0.02


@dataclass
class Facts:
    """What a card is made of.

    Args:
        title: of the data set.
        layout_name, layout: how the rows are laid out.
        files: those written.
        tally: of the rows in them.
        left_out: rows that the layout could not hold.
        history: the steps behind the rows.
        languages: as the caller names them; read from the scripts if empty.
        with_source: rows carry `SOURCE_COLUMNS`.
        revision: of the code.
        single: the export is one file, which a card's front matter need not point to.
    """

    title: str
    layout_name: str
    layout: Layout
    files: Sequence[Written]
    tally: Tally
    left_out: int = 0
    history: History = field(default_factory=History)
    languages: Sequence[str] = ()
    with_source: bool = False
    revision: str = ""
    single: bool = False
