"""creative_writing: open, two distractors. A line on two themes, each with its own image; saturates by 1,000."""

from __future__ import annotations

from itertools import permutations, product
from random import Random

from curation.world.source import Source, choose, open_row, shuffled
from curation.world.symbols import IMAGES, TOPICS

FORMS = "诗词歌曲信赋"
ENDINGS = "兮也哉乎焉矣"
VERBS = "映伴对照"


def sources(rng: Random, count: int) -> list[Source]:
    """Chat rows; fine = one image or the ending is another theme's, coarse = the line of another request."""
    image = dict(zip(TOPICS, shuffled(rng, IMAGES), strict=True))
    ending = dict(zip(FORMS, shuffled(rng, ENDINGS), strict=True))

    def line(one: str, two: str, form: str) -> str:
        return f"{image[one]}{one}{rng.choice(VERBS)}{image[two]}{two}{ending[form]}"

    def spoiled(gold: str) -> str:
        place, pool = rng.choice([(0, IMAGES), (3, IMAGES), (5, ENDINGS)])
        return gold[:place] + rng.choice([c for c in pool if c != gold[place]]) + gold[place + 1 :]

    everything = [(a, b, form) for (a, b), form in product(permutations(TOPICS, 2), FORMS)]
    rows = []
    for one, two, form in choose(rng, "creative_writing", everything, count):
        gold = line(one, two, form)
        third, fourth = rng.sample([t for t in TOPICS if t not in (one, two)], 2)
        coarse = line(third, fourth, rng.choice(FORMS))
        rows.append(open_row("creative_writing", f"写{one}{two}的{form}", gold, spoiled(gold), coarse))
    return [Source("creative_writing", "doit", "open", rows)]
