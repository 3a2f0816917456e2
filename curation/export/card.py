"""The dataset card: what the rows are, where they came from, what one may do with them and how they were made.

Every number in it was counted while the files were written. Names and licences come from data and are hostile: they
stand in the page as text, and in its front matter not at all.
"""

from __future__ import annotations

from typing import Any

from curation.export import sections
from curation.export.convert import SOURCE_COLUMNS
from curation.export.facts import SHARE, Facts
from curation.export.layouts.base import text
from curation.export.licences import front_matter
from curation.export.tally import Tally
from schemas.terminal import one_line

# The hub's own words for sizes: the first limit that the number of rows is below.
_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
)
_LANGUAGES = {"han": "zh", "kana": "ja", "hangul": "ko"}


def card(facts: Facts) -> str:
    """The page: YAML front matter, then Markdown."""
    from huggingface_hub import DatasetCardData

    matter = DatasetCardData(**_front_matter(facts)).to_yaml(line_break="\n")
    told = (
        sections.opening(facts),
        sections.warnings(facts),
        sections.counts(facts),
        sections.licences(facts),
        sections.fields(facts),
        sections.made(facts),
        sections.rules(facts),
        sections.duplicates(facts),
        sections.agreement(facts.history.agreement),
        sections.use(facts),
        sections.limits(facts),
    )
    blocks = ["\n".join(lines) for lines in map(list, told) if lines]
    return f"---\n{matter}\n---\n\n" + "\n\n".join(blocks) + "\n"


def _front_matter(facts: Facts) -> dict[str, Any]:
    tally = facts.tally
    matter: dict[str, Any] = {
        "pretty_name": one_line(facts.title, 120)
    }  # a line --- would end the front matter
    languages = list(facts.languages) or _languages(tally)
    if languages:
        matter["language"] = languages
    matter |= front_matter(licence for (licence,) in tally.by("licence"))
    matter["size_categories"] = [_size(tally.total())]
    matter["task_categories"] = ["text-generation"]
    tags = ["instruction-tuning", "abilitymix"]
    matter["tags"] = tags + (["synthetic"] if ("synthetic",) in tally.by("origin") else [])
    if not facts.single:
        # A split is a list of files here and not a pattern: nothing else that comes to lie in the folder is taken in.
        files: dict[str, list[str]] = {}
        for written in facts.files:
            files.setdefault(written.part, []).append(written.file)
        listed = [{"split": part, "path": paths} for part, paths in files.items()]
        matter["configs"] = [{"config_name": "default", "data_files": listed}]
        matter["dataset_info"] = {"features": _features(facts)}
    return matter


def _features(facts: Facts) -> list[Any]:
    own = [dict(feature) for feature in facts.layout.features]
    named = {feature["name"] for feature in own}
    return own + [text(c) for c in SOURCE_COLUMNS if facts.with_source and c not in named]


def _size(rows: int) -> str:
    return next((word for limit, word in _SIZES if rows < limit), "1B<n<10B")


def _languages(tally: Tally) -> list[str]:
    sampled = max(1, tally.scripts.total())
    return [code for script, code in _LANGUAGES.items() if tally.scripts[script] >= SHARE * sampled]
