"""What `diversity` found out: the types of its numbers. All definitions are ours unless a field says otherwise."""

from __future__ import annotations

from typing import Literal

from curation.diversity.numbers import Number, Portion
from curation.diversity.settings import Kind, Settings
from curation.diversity.views import Channel
from schemas.instance import Frozen

Verdict = Literal["over", "within", "undetermined", "frame", "phrase"]


class Group(Frozen):
    """Rows that share a template, a phrase, an opener, a persona or a system prompt.

    Args:
        where: the text that it stands in; of a persona or a system prompt the instruction.
        text: the wording; a template shows its gaps as `…`.
        share: of the part's rows that have such a text at all.
        cap: the share that it may have; 1 for a phrase, which is never thinned.
        verdict: `over` if the whole interval lies above the cap, `within` if below, otherwise `undetermined`;
            `frame` if nearly all rows have it, so that it is the source's own wording and not a crowd; `phrase` for a
            fixed wording in texts that are otherwise their own.
        stays: rows of it that stay when the part is thinned; None where nothing is dropped.
        kept: rows of the part that stay and have such a text.
        same_as: number (from 1) of an earlier group of the part with nearly the same rows.
    """

    kind: Kind
    where: Channel
    text: str
    share: Portion
    cap: float
    verdict: Verdict
    stays: int | None = None
    kept: int | None = None
    same_as: int | None = None


class Spread(Frozen):
    """How far a part's texts lie apart for an encoder.

    Args:
        distance: mean cosine distance of two rows; the interval is a bootstrap over rows.
        vendi: Vendi score with the cosine kernel (Friedman and Dieng 2023): exp of the entropy of the kernel's
            eigenvalues, that many unrelated texts would be as various.
        rank: effective rank of the vectors (Roy and Vetterli 2007): the same of their singular values.
    """

    encoder: str
    distance: Number
    vendi: Number
    rank: Number
    trimmed: int = 0


class ChannelNumbers(Frozen):
    """Numbers of one channel of a part.

    Args:
        rows: that have such a text.
        characters: length at 5, 25, 50, 75 and 95 % of the rows.
        distinct: n -> distinct-n (Li et al. 2016) of characters, on blocks of equal length.
        alike: mean greatest Jaccard similarity of a row to the others of its block.
        openers: effective number of openers, on blocks of equal size.
        common: the commonest openers.
    """

    rows: int
    characters: tuple[int, ...] = ()
    distinct: dict[int, Number] = {}
    alike: Number = Number()
    openers: Number = Number()
    common: tuple[tuple[str, Portion], ...] = ()
    spread: Spread | None = None


class PartReport(Frozen):
    """One ability, or its rows of one origin or source.

    Args:
        origins, forms, sources, answers: rows of each, the commonest first.
        personas: effective number of personas among rows that have one, on blocks of equal size.
        with_persona: how many rows have one.
        groups: what many rows share, over-represented or not, the largest first.
        dropped: rows on the list of what to thin out.
    """

    name: str
    rows: int
    origins: dict[str, int]
    forms: dict[str, int]
    sources: dict[str, int]
    answers: dict[str, Portion]
    instruction: ChannelNumbers
    response: ChannelNumbers
    personas: Number
    with_persona: Portion
    groups: tuple[Group, ...]
    dropped: int = 0
    floor_reached: bool = False


class Report(Frozen):
    """The whole analysis: `rows` are those read, `dropped` those on the list."""

    rows: int
    dropped: int
    settings: Settings
    encoder: str = ""
    parts: tuple[PartReport, ...]
