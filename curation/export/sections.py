"""The sections of a dataset card, each a few lines of Markdown; one that has nothing to say yields none.

Names and licences come from data and are hostile: whatever is not this module's own words goes through `plain`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from curation.export.convert import SOURCE_COLUMNS
from curation.export.facts import SHARE, Facts
from curation.export.history import Agreement, rules_of, shown_settings
from curation.export.licences import restrictions
from curation.export.markdown import plain, table
from curation.export.tally import OTHERS, Tally
from curation.step import Step
from schemas.ability import doit_abilities
from schemas.instance import UNLABELLED

_HASH = re.compile("[0-9a-f]{16,}")
_SCRIPTS = {"han": "Han characters", "kana": "Japanese", "hangul": "Hangul", "latin": "Latin letters"}


def opening(facts: Facts) -> Iterator[str]:
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


def warnings(facts: Facts) -> Iterator[str]:
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


def counts(facts: Facts) -> Iterator[str]:
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


def licences(facts: Facts) -> Iterator[str]:
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


def fields(facts: Facts) -> Iterator[str]:
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


def made(facts: Facts) -> Iterator[str]:
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
    """Whether a setting is worth a word to a reader: empty ones and lists of hashes are not."""
    if value is None or value in ("", {}, []):
        return False
    inside = (
        list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    )
    return not all(isinstance(v, str) and _HASH.fullmatch(v) for v in inside)


def rules(facts: Facts) -> Iterator[str]:
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


def duplicates(facts: Facts) -> Iterator[str]:
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
        yield ""
        yield from table(["step", "rule", "rejected"], found)
    if "decontaminate" not in stages and "curate" not in stages:
        yield ""
        yield "Nothing was compared with evaluation sets on the way here."


def agreement(rows: Sequence[Agreement]) -> Iterator[str]:
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


def use(facts: Facts) -> Iterator[str]:
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


def limits(facts: Facts) -> Iterator[str]:
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
    if not facts.languages and tally.scripts["latin"] >= SHARE * max(1, sampled):
        yield "- Which languages are written in Latin letters here was not stated, so the page's header names none."
    if not facts.history.agreement:
        yield "- No agreement between annotators is known."
    yield "- Rules, duplicates and leaks were found by programs, which miss what they do not look for."
    yield "- Texts may hold opinions, errors and personal data of their sources."
