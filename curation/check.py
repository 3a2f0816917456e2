"""Look at every instance with every rule; what fails gets a decision that names the rule and the reason."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.blockwise import Made, blocks_of, lines_of, require_files, write_pieces
from curation.canonical import row_key
from curation.counts import Counts
from curation.rules import Rule, rules_from
from curation.step import begin_step, finish_step
from schemas.instance import Decision, Instance
from schemas.jsonl import Block, models_in
from schemas.progress import Progress, Tick, silent
from schemas.terminal import one_line


def check(
    instances: Iterable[Instance], rules: Mapping[str, Rule] | None = None, progress: Progress = silent
) -> tuple[list[Instance], list[Decision]]:
    """Instances that pass all rules, and a decision for each that does not (its first failing rule decides).

    Args:
        instances: any instances; their order is kept.
        rules: from `curation.rules.rules_from`; all rules with their defaults if missing.
        progress: told every thousand instances.
    """
    rules = rules_from() if rules is None else rules
    kept: list[Instance] = []
    decisions: list[Decision] = []
    number = 0
    for number, instance in enumerate(instances, 1):
        decision = first_failure(instance, rules)
        if decision is None:
            kept.append(instance)
        else:
            decisions.append(decision)
        if number % 1000 == 0:
            progress(Tick("check", number))
    progress(Tick("check", number, number))
    return kept, decisions


def check_files(
    files: Sequence[Path],
    out: Path,
    settings: Mapping[str, Any] | None = None,
    *,
    workers: int | None = 1,
    progress: Progress = silent,
) -> Counts:
    """Stream files of instances through all rules into `instances.jsonl`, `decisions.jsonl` and `step.json`.

    A rejected instance has a decision for each rule that it fails, so that rules can be judged apart; the first one
    counts in the sum.

    Args:
        settings: as for `curation.rules.rules_from`.
        workers: as for `curation.workers.in_order`.

    Raises:
        BadSpec: as `rules_from`. MissingFile, BadData: a file, or a line of it, that holds no instance.
    """
    rules = rules_from(settings)
    require_files(files)
    begin_step(out, "check", files, ("instances.jsonl", "decisions.jsonl"))
    counts = write_pieces(
        out,
        ("instances.jsonl", "decisions.jsonl"),
        Checker(rules),
        blocks_of(files),
        label="check",
        workers=workers,
        progress=progress,
    )
    finish_step(out, "check", settings_of(rules), files, counts)
    return counts


def settings_of(rules: Mapping[str, Rule]) -> dict[str, dict[str, Any]]:
    """Rule name -> its settings, defaults included, of the rules that are on."""
    found = {}
    for name, rule in rules.items():
        parameters = inspect.signature(rule).parameters.values()
        found[name] = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    return found


@dataclass(frozen=True)
class Checker:
    """The work on one block of instances; travels to worker processes."""

    rules: Mapping[str, Rule]

    def __call__(self, block: Block) -> Made:
        rules = list(self.rules.values())
        kept, decisions = list[bytes](), list[bytes]()
        made = Made({})
        for _, line, instance in models_in(block, Instance):
            made.rows += 1
            # The usual row passes: one tight loop, and names only for the others.
            for rule in rules:
                if rule(instance) is not True:
                    break
            else:
                kept.append(line)
                continue
            failed = list(failures(instance, self.rules))
            made.reject(failed[0])
            decisions += [decision.line() for decision in failed]
        made.accepted = len(kept)
        made.files = {"instances.jsonl": lines_of(kept), "decisions.jsonl": lines_of(decisions)}
        return made


def first_failure(instance: Instance, rules: Mapping[str, Rule]) -> Decision | None:
    """The decision of the first rule that an instance fails, or None. Gates of other rooms use it row by row."""
    return next(failures(instance, rules), None)


def failures(instance: Instance, rules: Mapping[str, Rule]) -> Iterator[Decision]:
    """A decision for each rule that an instance fails, in the order of the rules."""
    for name, rule in rules.items():
        verdict = rule(instance)
        if verdict is not True:
            yield Decision(
                subject=instance.id,
                stage="check",
                rule=name,
                kept=False,
                reason=one_line(verdict[1], 200),
                evidence=row_key(instance),
            )
