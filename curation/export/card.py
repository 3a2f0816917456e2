"""The dataset card: what the rows are, where they came from, what one may do with them and how they were made.

Every number in it was counted while the files were written. Names and licences come from data and are hostile: they
stand in the page as text, and in its front matter not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from curation.export.convert import SOURCE_COLUMNS
from curation.export.files import Written
from curation.export.history import Agreement, History, rules_of, shown_settings
from curation.export.layouts.base import Layout, text
from curation.export.licences import front_matter, restrictions
from curation.export.markdown import plain, table
from curation.export.tally import OTHERS, Tally
from curation.step import Step
from schemas.ability import doit_abilities
from schemas.instance import UNLABELLED
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
# A script that at least this share of the sampled rows is written in names a language of the card.
_SHARE = 0.02
_LANGUAGES = {"han": "zh", "kana": "ja", "hangul": "ko"}
_SCRIPTS = {"han": "Han characters", "kana": "Japanese", "hangul": "Hangul", "latin": "Latin letters"}


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


def card(facts: Facts) -> str:
    """The page: YAML front matter, then Markdown."""
    from huggingface_hub import DatasetCardData

    matter = DatasetCardData(**_front_matter(facts)).to_yaml(line_break="\n")
    sections = (
        _opening(facts),
        _warnings(facts),
        _counts(facts),
        _licences(facts),
        _fields(facts),
        _made(facts),
        _rules(facts),
        _duplicates(facts),
        _agreement(facts.history.agreement),
        _use(facts),
        _limits(facts),
    )
    blocks = ["\n".join(lines) for lines in map(list, sections) if lines]
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
    return [code for script, code in _LANGUAGES.items() if tally.scripts[script] >= _SHARE * sampled]


def _opening(facts: Facts) -> Iterator[str]:
    tally = facts.tally
    parts = ", ".join(f"{part} {rows:,}" for (part,), rows in tally.by("part").items())
    yield f"# {plain(facts.title)}"
    yield ""
    yield (
        f"{tally.total():,} instances for instruction tuning and its evaluation ({parts}),"
        f" {len(tally.by('ability'))} {_s('ability', tally, 'ability')},"
        f" {len(tally.by('source'))} {_s('source', tally, 'source')}."
    )
    if facts.left_out:
        yield ""
        yield f"{facts.left_out:,} further rows are not here: the layout `{facts.layout_name}` cannot hold them."


def _s(word: str, tally: Tally, name: str) -> str:
    if len(tally.by(name)) == 1:
        return word
    return "abilities" if word == "ability" else f"{word}s"


def _warnings(facts: Facts) -> Iterator[str]:
    """What someone who reads nothing else has to know."""
    licences = facts.tally.by("licence")
    total = facts.tally.total()
    unstated = licences[("",)]
    found = []
    if len(licences) > 1:
        found.append(
            f"**Mixed licences.** The rows come under {len(licences)} different statements of licence, listed below."
            " There is no licence for the whole: each row keeps its own."
        )
    if unstated:
        whose = "No source" if unstated == total else f"The source of {unstated:,} of {total:,} rows does not"
        found.append(
            f"**No licence stated.** {whose} state{'s' if unstated == total else ''} a licence."
            " No statement is no permission."
        )
    for word in ("non-commercial", "research only", "no derivatives", "share alike"):
        rows = sum(n for (licence,), n in licences.items() if word in restrictions(licence))
        if rows:
            found.append(
                f"**{word.capitalize()}.** {rows:,} of {total:,} rows, by the words of their licences."
            )
    for line in found:
        yield f"> {line}"
        yield ">"


def _counts(facts: Facts) -> Iterator[str]:
    tally = facts.tally
    parts = [part for (part,) in tally.by("part")]
    by = tally.by("ability", "form", "origin", "part")
    yield "## What is in it"
    yield ""
    kinds = dict.fromkeys(key[:3] for key in by)
    yield from table(
        ["ability", "form", "origin", *parts],
        [[_titled(k[0]), k[1], k[2], *(by[(*k, part)] for part in parts)] for k in kinds],
    )
    yield ""
    rows = max(1, tally.total())
    mean = tally.characters.total() / rows
    yield f"{mean:.0f} characters an instance on average, all its messages together."
    shown = {
        "turns": "are conversations of several turns",
        "system": "have a system message",
        "choices": "have options",
        "distractors": "have distractors, wrong responses to compare with",
        "group": "belong to a group, such as the questions over one passage",
        "parents": "were made from other instances",
    }
    said = [f"{tally.fields[name]:,} {words}" for name, words in shown.items() if tally.fields[name]]
    if said:
        yield f"Of {tally.total():,} instances {'; '.join(said)}."


def _titled(ability: str) -> str:
    known = doit_abilities().get(ability)
    return f"{ability} ({known.title})" if known else ability


def _licences(facts: Facts) -> Iterator[str]:
    yield "## Licences and sources"
    yield ""
    yield "As the sources state them; restrictions are read from those words and are no legal advice."
    yield ""
    by = facts.tally.by("source", "licence", "origin")
    rows: list[list[str | int]] = []
    for (source, licence, origin), number in sorted(by.items(), key=lambda i: (-i[1], i[0])):
        restricted = ", ".join(restrictions(licence)) or "-"
        rows.append([source, licence or "NOT STATED", restricted if licence else "unknown", origin, number])
    yield from table(["source", "licence", "restrictions", "origin", "rows"], rows)
    if (OTHERS,) in facts.tally.by("source"):
        yield ""
        yield "There are more sources than a table can list; the last ones are counted together."


def _fields(facts: Facts) -> Iterator[str]:
    yield "## Rows"
    yield ""
    yield f"Layout `{facts.layout_name}`: {plain(facts.layout.about)}."
    yield ""
    if facts.layout.loses:
        kept = " Every row has the columns " + ", ".join(f"`{c}`" for c in SOURCE_COLUMNS) + " besides."
        yield (
            f"The layout has no place for {', '.join(facts.layout.loses)}."
            + (
                kept
                if facts.with_source
                else " Source and licence of a row are in the file of ids it came with."
            )
        )
        return
    yield "`id` hashes the content and not the source; `messages` is the conversation, whose last message is the"
    yield "gold answer; `choices`, `answer` and `distractors` belong to the answer form; `source` names the file and row"
    yield "that an instance came from, its licence, and the group that never straddles a split; `parents` are the ids"
    yield "of the instances it was made from."


def _made(facts: Facts) -> Iterator[str]:
    yield "## How it was made"
    yield ""
    steps = facts.history.steps
    if not steps:
        yield "Nothing is known of the steps before this export: the files lay in no folder that a step had written."
        yield f"Exported by abilitymix at revision {plain(facts.revision)}."
        return
    rows: list[list[str | int]] = []
    for step in steps:
        c = step.counts
        rows.append([step.stage, _step_settings(step), c.rows, c.accepted, c.rejected, c.pending, c.unused])
    yield from table(
        ["step", "settings", "rows in", "accepted", "rejected", "pending", "of them unused"], rows
    )
    revisions = list(dict.fromkeys([*(s.revision for s in steps if s.revision), facts.revision]))
    yield ""
    yield (
        "Rows in = accepted + rejected + pending (prompts that wait for a gold answer) in every step."
        f" Code: abilitymix at revision {', '.join(map(plain, revisions))}."
    )


def _step_settings(step: Step) -> str:
    own = (
        {} if step.stage == "check" else {k: v for k, v in step.settings.items() if k != "check" and _says(v)}
    )
    shown = shown_settings(own)
    return ", ".join(filter(None, [shown, "the rules below" if rules_of(step) else ""])) or "-"


def _says(value: Any) -> bool:
    """Whether a setting is worth a word: empty ones are not."""
    return value is not None and value != "" and value != {} and value != []


def _rules(facts: Facts) -> Iterator[str]:
    checks = [step for step in facts.history.steps if rules_of(step)]
    rejected = dict(facts.history.reasons("check"))
    if not checks and not rejected:
        return
    yield "## Rules applied"
    yield ""
    rows: list[list[str | int]] = []
    for step in checks:
        for rule, settings in rules_of(step).items():
            rows.append([rule, shown_settings(settings) or "-", step.counts.reasons.get(f"check/{rule}", 0)])
    named = {row[0] for row in rows}
    rows += [[rule, "not known", number] for rule, number in rejected.items() if rule not in named]
    yield from table(["rule", "settings", "rejected"], rows)
    yield ""
    yield "A row counts for the first rule that it fails."


def _duplicates(facts: Facts) -> Iterator[str]:
    """Duplicates, leaks into evaluation sets, and whatever else a step rejected rows for."""
    found: list[list[str | int]] = []
    for step in facts.history.steps:
        for reason, number in step.counts.reasons.items():
            stage, _, rule = reason.partition("/")
            if stage not in ("check",):
                found.append([stage, rule, number])
    if not any(s.stage in ("dedup", "decontaminate", "curate") for s in facts.history.steps) and not found:
        return
    yield "## Duplicates, leaks and other rejections"
    yield ""
    stages = {step.stage for step in facts.history.steps}
    if "dedup" in stages and not facts.history.reasons("dedup"):
        yield "No duplicates were found."
    if "decontaminate" in stages and not facts.history.reasons("decontaminate"):
        yield "No row was found to repeat the evaluation instances it was compared with."
    if found:
        yield from table(["step", "rule", "rejected"], found)
    if "decontaminate" not in stages and "curate" not in stages:
        yield ""
        yield "Nothing was compared with evaluation sets on the way here."


def _agreement(rows: Sequence[Agreement]) -> Iterator[str]:
    yield "## Agreement between annotators"
    yield ""
    if not rows:
        yield "Not known: no step on the way here was a review by people."
        return
    listed: list[list[str | int]] = []
    for row in rows:
        interval = f"{row.low:.3f} to {row.high:.3f}" if row.low is not None and row.high is not None else "-"
        listed.append(
            [row.ability or "all", row.measure, f"{row.value:.3f}", interval, row.items, row.people]
        )
    yield from table(["ability", "measure", "value", "interval", "items", "people"], listed)


def _use(facts: Facts) -> Iterator[str]:
    tally = facts.tally
    parts = {part for (part,) in tally.by("part")}
    held = sorted(parts & {"test", "validation", "valid", "dev"})
    yield "## Intended use"
    yield ""
    yield "Supervised fine-tuning of language models, and measuring how each ability grows with data, model and origin."
    if held:
        yield f"Rows of {' and '.join(held)} are for evaluation: do not train on them."
    if tally.fields["distractors"]:
        yield "Open items with distractors are scored by comparing perplexities; distractors are wrong on purpose."


def _limits(facts: Facts) -> Iterator[str]:
    tally = facts.tally
    total = max(1, tally.total())
    yield "## Limits"
    yield ""
    origin = tally.by("origin")
    if origin[("synthetic",)]:
        yield (
            f"- {origin[('synthetic',)]:,} of {total:,} rows were written by a model; what it got wrong is in them."
        )
    unlabelled = tally.by("ability")[(UNLABELLED,)]
    if unlabelled:
        yield f"- {unlabelled:,} rows name no ability."
    few = [
        f"{plain(a)} in {plain(p)} ({n})"
        for (a, p), n in tally.by("ability", "part").items()
        if p in ("test", "validation", "valid", "dev") and n < 100
    ]
    if few:
        yield f"- Fewer than 100 items, so that a score from them is rough: {', '.join(few[:20])}."
    sampled = tally.scripts.total()
    shares = [
        f"{_SCRIPTS.get(script, 'no letters or other scripts')} {number / sampled:.0%}"
        for script, number in tally.scripts.most_common()
    ]
    if shares:
        yield f"- Scripts, by every sixteenth row of a block: {', '.join(shares)}."
    if not facts.languages and tally.scripts["latin"] >= _SHARE * max(1, sampled):
        yield "- Which languages are written in Latin letters here was not stated, so the page's header names none."
    if not facts.history.agreement:
        yield "- No agreement between annotators is known."
    yield "- Rules, duplicates and leaks were found by programs, which miss what they do not look for."
    yield "- Texts may hold opinions, errors and personal data of their sources."
