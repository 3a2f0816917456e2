"""Records that Label Studio and Argilla import: what is pending, to be judged there; what is decided, with its verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from curation.review.interchange import argilla, label_studio
from curation.review.interchange.shown import shown_items
from curation.step import begin_step, finish_step

if TYPE_CHECKING:
    from curation.counts import Counts
    from curation.review.store import ReviewStore

Layout = Literal["label-studio", "argilla"]
STAGE = "interchange"
_LAYOUTS = {"label-studio": label_studio, "argilla": argilla}


def export_layout(store: ReviewStore, layout: Layout, out: Path, anonymous: bool = False) -> Counts:
    """Write every item under review, gold items apart, in the order in which it was loaded.

    Rows are the items; accepted those that passed, rejected those that did not, pending those that are not decided.
    Only a decided item brings verdicts: those that decided it, on the text that is written. Of a pending one nothing
    is said but its text, so that whoever judges it elsewhere judges it blind.

    Args:
        layout: `label-studio` writes `tasks.json` and `config.xml`; `argilla` writes `records.jsonl`, `settings.json`
            and `users.json`.
        out: a folder; gets these files, each whole or not at all, and last `step.json`.
        anonymous: call annotators by number.

    Raises:
        BadSpec: the folder is another step's.
    """
    chosen = _LAYOUTS[layout]
    begin_step(out, STAGE, writes=chosen.WRITES)
    counts: Counts = chosen.write(shown_items(store, anonymous), store.process, out)
    finish_step(out, STAGE, {"layout": layout, "anonymous": anonymous}, (), counts)
    return counts
