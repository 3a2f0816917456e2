"""Gold items: instances whose right verdict is known, with the reason that a new annotator is told."""

from __future__ import annotations

from schemas.instance import Frozen, Instance


class GoldItem(Frozen):
    """A line of a file of gold items.

    Args:
        instance: what is shown.
        approve: the right verdict.
        why: shown in training, after one's own verdict.
    """

    instance: Instance
    approve: bool
    why: str = ""
