"""All that decides what `diversity` counts and what it calls too much."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from schemas.instance import Frozen

By = Literal["ability", "origin", "source"]
Kind = Literal["template", "phrase", "opener", "persona", "system"]
Share = Annotated[float, Field(gt=0, lt=1)]

# A phrase is listed and never thinned: it has no cap.
CAPS: dict[Kind, float] = {"template": 0.1, "persona": 0.1, "opener": 0.2, "system": 0.2}


class Settings(Frozen):
    """Settings of one analysis.

    Args:
        by: what a part is: an ability, or an ability's rows of one origin or of one source.
        seed: which rows are looked at where not all are.
        opener: units of an opener; a unit is a Chinese character or mark, or a whole Latin word or number.
        gram: units of the shortest wording that can make a template.
        window: characters that one row gives to distinct-n at most.
        characters: characters of one block of distinct-n.
        block: rows of one block of self-similarity and of the effective numbers.
        sample: rows of a part that are looked at in full.
        items: rows of a part that are encoded.
        listed: share from which on a template, opener or persona is worth a line.
        caps: share that a template, opener, persona or system prompt may have of a part's rows; twice an even
            share where there are so few openers, personas or system prompts that this is more.
        coverage: share of a text's characters that a fixed wording makes up to be its template, and not a phrase.
        frame: share from which on a wording is the whole part's own, which thinning cannot mend.
        keep: share of a part's rows that thinning leaves at least.
        floor: rows of a part that thinning leaves at least.
        level: of all intervals.
    """

    by: By = "ability"
    seed: int = 0
    opener: Annotated[int, Field(ge=1, le=32)] = 4
    gram: Annotated[int, Field(ge=3, le=64)] = 6
    window: Annotated[int, Field(ge=4)] = 100
    characters: Annotated[int, Field(ge=100)] = 5000
    block: Annotated[int, Field(ge=10, le=2000)] = 100
    sample: Annotated[int, Field(ge=10, le=20000)] = 2000
    items: Annotated[int, Field(ge=8, le=5000)] = 256
    listed: Share = 0.03
    caps: dict[Kind, Share] = CAPS
    coverage: Share = 0.4
    frame: Share = 0.8
    keep: Share = 0.5
    floor: Annotated[int, Field(ge=1)] = 100
    level: Share = 0.95

    @field_validator("caps")
    @classmethod
    def _all(cls, caps: dict[Kind, float]) -> dict[Kind, float]:
        return {**CAPS, **caps}
