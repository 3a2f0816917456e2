"""Look at every instance with every rule; what fails gets a decision that names the rule and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from curation.canonical import row_key
from curation.rules import Rule, rules_from
from schemas.instance import Decision, Instance
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


def first_failure(instance: Instance, rules: Mapping[str, Rule]) -> Decision | None:
    """The decision of the first rule that an instance fails, or None. Gates of other rooms use it row by row."""
    for name, rule in rules.items():
        verdict = rule(instance)
        if verdict is not True:
            return Decision(
                subject=instance.id,
                stage="check",
                rule=name,
                kept=False,
                reason=one_line(verdict[1], 200),
                evidence=row_key(instance),
            )
    return None
