"""What a reply must pass to become a row; every verdict is a Decision that says why.

Two gates cannot be switched off: `request` (the backend took the request) and `form` (the row is a valid
instance: the types know no other). The rest are the settings' `gates`, and curation's own rules by its `check`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from curation.rules import Rule, rules_from
from schemas.instance import Decision, Instance, Source
from schemas.jsonl import first_reason
from schemas.terminal import one_line
from synth.journal import Answer
from synth.strategies import Prompt, Strategy

STAGE = "synth"


def _finished(answer: Answer) -> str:
    return "" if answer.finished else f"cut off at max_new_tokens, after {answer.tokens} tokens"


def _answer(answer: Answer) -> str:
    return "" if answer.text.strip() else "the reply is empty"


# A gate answers the reason why not, or nothing.
GATES: Mapping[str, Callable[[Answer], str]] = MappingProxyType({"finished": _finished, "answer": _answer})


@dataclass(frozen=True)
class Judged:
    """A reply and what the gates said: `instance` is None if one of them refused, the last of `decisions`."""

    answer: Answer
    decisions: tuple[Decision, ...]
    instance: Instance | None = None


@dataclass(frozen=True)
class Bar:
    """What a row must clear: names of `GATES`, and curation's rules, see `curation.rules.rules_from`."""

    gates: Collection[str]
    rules: Mapping[str, Rule]

    @classmethod
    def of(cls, gates: Collection[str], check: Mapping[str, Any]) -> Bar:
        return cls(gates, rules_from(check))


def judge(prompt: Prompt, answer: Answer, strategy: Strategy, bar: Bar, model: str) -> Judged:
    """Pass a reply through the gates, up to the first that refuses. Pure: the same verdict on every resume."""
    decisions = [_decision(answer, "request", answer.refused)]
    for name, gate in GATES.items():
        if decisions[-1].kept and name in bar.gates:
            decisions.append(_decision(answer, name, gate(answer)))
    if not decisions[-1].kept:
        return Judged(answer, tuple(decisions))
    source = Source(name=model, row=answer.row, group=prompt.source.group)
    try:
        instance = strategy.instance(prompt, answer.text, source)
    except ValidationError as error:
        return Judged(answer, (*decisions, _decision(answer, "form", first_reason(error))))
    except ValueError as error:
        return Judged(answer, (*decisions, _decision(answer, "form", str(error))))
    decisions.append(_decision(answer, "form", ""))
    for name, rule in bar.rules.items():
        verdict = rule(instance)
        decisions.append(_decision(answer, name, "" if verdict is True else verdict[1]))
        if verdict is not True:
            return Judged(answer, tuple(decisions))
    return Judged(answer, tuple(decisions), instance)


def _decision(answer: Answer, rule: str, reason: str) -> Decision:
    return Decision(
        subject=answer.row,
        stage=STAGE,
        rule=rule,
        kept=not reason,
        reason=reason,
        evidence=one_line(answer.text) if reason else "",
    )
