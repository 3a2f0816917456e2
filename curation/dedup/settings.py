"""What decides a deduplication, and which of it can be changed afterwards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.instance import Frozen

Reason = Literal["numbers", "gold", "options", "negation", "question"]
# In the order of their bits in `Pairs.apart`.
REASONS: tuple[Reason, ...] = ("numbers", "gold", "options", "negation", "question")
Share = Annotated[float, Field(gt=0, le=1)]


class DedupSettings(Frozen):
    """What decides a deduplication.

    Args:
        script: `simplified` compares traditional characters as simplified ones.
        across: also look across abilities; within each one otherwise.
        compare: the text of a near-duplicate: `auto` is the prompt with its options, and the response as well where it
            is free (open, code); `prompt` never the response, `whole` always.
        gram: characters of a gram.
        shortest: texts of fewer characters are compared for equality only.
        floor: pairs of this Jaccard similarity and more are recorded, so that `near` can be lowered to it afterwards.
        near: similarity from which two texts are near-duplicates; None for exact duplicates only.
        apart: what keeps two near-duplicates both, see `curation.dedup.guards`.
        linkage: `keeper`: who goes is similar to who stays; `single`: a chain of similar rows is enough.
        keep: who stays, first criterion first: `human`, `synthetic`, `longest`, `shortest`, `first`, `last`,
            `source:NAME`. What they leave open the earlier row wins.
        conflicts: when human instances with one prompt have different gold answers, keep `none` or the `first` of them.
        semantic: an encoder (hub id or folder) to look for paraphrases with; none if empty.
        semantic_threshold: cosine similarity from which two rows are semantic duplicates.
        semantic_floor: as `floor`.
        neighbours: nearest rows of each that are looked at.
    """

    script: Literal["keep", "simplified"] = "keep"
    across: bool = False
    compare: Literal["auto", "prompt", "whole"] = "auto"
    gram: Annotated[int, Field(ge=1, le=50)] = 5
    shortest: Annotated[int, Field(ge=0)] = 20
    floor: Share = 0.6
    near: Share | None = 0.8
    apart: tuple[Reason, ...] = REASONS
    linkage: Literal["keeper", "single"] = "keeper"
    keep: tuple[
        Annotated[str, Field(pattern=r"^(human|synthetic|longest|shortest|first|last|source:.+)$")], ...
    ] = (
        "human",
        "first",
    )
    conflicts: Literal["none", "first"] = "none"
    semantic: str = ""
    semantic_threshold: Share = 0.95
    semantic_floor: Share = 0.9
    neighbours: Annotated[int, Field(ge=1)] = 20

    @model_validator(mode="after")
    def _ordered(self) -> DedupSettings:
        if self.near is not None and self.near < self.floor:
            object.__setattr__(self, "floor", self.near)
        if self.semantic_threshold < self.semantic_floor:
            object.__setattr__(self, "semantic_floor", self.semantic_threshold)
        return self


# What only decides which pairs count and who stays; the rest decides which pairs were looked at.
CHANGEABLE = ("near", "apart", "linkage", "keep", "conflicts", "semantic_threshold")
