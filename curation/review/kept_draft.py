"""A draft as a text, kept between two sittings."""

from __future__ import annotations

import json

from curation.review.drafting import Draft, Slot, compared
from schemas.forms.base import LETTERS
from schemas.instance import Candidate, Frozen, Instance


class _Kept(Frozen):
    base: str
    prompts: tuple[str, ...]
    options: tuple[str, ...]
    right: tuple[int, ...]
    answer: str
    response: str
    distractors: tuple[Slot, ...]
    rendered: bool
    follows: bool
    moved: bool


def keep(draft: Draft) -> str:
    """The draft as a text that `restore` reads; ASCII, so that unpaired surrogates survive until they are mended."""
    return json.dumps(
        {
            "base": draft.base.id,
            "prompts": draft.prompts,
            "options": draft.options,
            "right": sorted(draft.right),
            "answer": draft.answer,
            "response": draft.response,
            "distractors": draft.distractors,
            "rendered": draft.rendered,
            "follows": draft.follows,
            "moved": draft.moved,
        }
    )


def restore(base: Instance | Candidate, text: str) -> Draft | None:
    """The draft that was kept; None if the text is none, or one of something else than `base`."""
    try:
        kept = _Kept.model_validate(json.loads(text))
    except (ValueError, RecursionError):
        return None
    fresh = Draft.of(base)
    count = len(kept.options)
    fits = (
        kept.base == base.id
        and len(kept.prompts) == len(fresh.prompts)
        and all(0 <= place < count for place in kept.right)
        and (fresh.has_options or not count)
        and count <= len(LETTERS)
        and (fresh.several or len(kept.right) <= 1)
        and not (kept.follows and compared(base.form))
    )
    if not fits:
        return None
    return Draft(
        base=base,
        prompts=kept.prompts,
        options=kept.options,
        right=frozenset(kept.right),
        answer=kept.answer,
        response=kept.response,
        distractors=kept.distractors,
        rendered=kept.rendered,
        follows=kept.follows,
        moved=kept.moved,
    )
