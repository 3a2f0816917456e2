"""One part looked at in full: the sample's numbers, and the templates that are in it."""

from __future__ import annotations

from dataclasses import dataclass

from curation.canonical import canonical_text
from curation.diversity.numbers import Number, alikeness, distinct
from curation.diversity.settings import Settings
from curation.diversity.templates import Template, find_templates
from curation.diversity.views import Channel, masked

_FEWEST = 8


@dataclass(frozen=True)
class Sample:
    """A part's sampled rows, in the order of sampling: texts of one channel, those that are not empty.

    Args:
        wholes: characters of the whole messages, options included.
    """

    part: int
    channel: Channel
    texts: tuple[str, ...]
    wholes: tuple[int, ...]


@dataclass(frozen=True)
class Studied:
    """What a sample came to."""

    distinct: dict[int, Number]
    alike: Number
    templates: tuple[Template, ...]


@dataclass(frozen=True)
class Study:
    """Work for one sample, as `in_order` sends it to a process."""

    settings: Settings

    def __call__(self, sample: Sample) -> Studied:
        flat = [canonical_text(text) for text in sample.texts]
        least = max(_FEWEST, round(self.settings.listed * len(flat)))
        return Studied(
            distinct(flat, self.settings),
            alikeness(flat, self.settings),
            tuple(
                find_templates([masked(t) for t in sample.texts], least, self.settings.gram, sample.wholes)
            ),
        )
