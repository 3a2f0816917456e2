"""What the rules look at and which settings they have, read from their docstrings and signatures."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from typing import Any

from curation.rules import OFF_UNLESS_ASKED, RULES

_ARGUMENT = re.compile(r"^    (\w+): ", re.MULTILINE)


@dataclass(frozen=True)
class Description:
    """One rule.

    Args:
        name: as in the settings.
        about: what must be true of an instance, one sentence.
        details: the rest of the docstring, may be empty.
        settings: name, default, meaning.
        on: whether it is on unless the settings say otherwise.
    """

    name: str
    about: str
    details: str
    settings: tuple[tuple[str, Any, str], ...]
    on: bool


def described() -> list[Description]:
    """All rules, in the order in which they are tried."""
    found = []
    for name, rule in RULES.items():
        text, _, arguments = inspect.cleandoc(rule.__doc__ or "").partition("\n\nArgs:\n")
        about, _, details = text.partition("\n\n")
        pieces = _ARGUMENT.split(arguments)[1:]
        meanings = {
            key: " ".join(value.split()) for key, value in zip(pieces[::2], pieces[1::2], strict=True)
        }
        settings = tuple(
            (p.name, p.default, meanings.get(p.name, ""))
            for p in inspect.signature(rule).parameters.values()
            if p.kind is p.KEYWORD_ONLY
        )
        on = name not in OFF_UNLESS_ASKED
        found.append(Description(name, " ".join(about.split()), " ".join(details.split()), settings, on))
    return found


def markdown() -> str:
    """The reference part of docs/rules.md: `python -c "from curation.rules.described import markdown; print(markdown())"`."""
    parts = []
    for rule in described():
        parts.append(f"### {rule.name}\n\n{rule.about}" + (f"\n\n{rule.details}" if rule.details else ""))
        if rule.settings:
            rows = "\n".join(
                f"| `{name}` | `{json.dumps(default, ensure_ascii=False)}` | {meaning} |"
                for name, default, meaning in rule.settings
            )
            parts.append(f"| setting | default | |\n|---|---|---|\n{rows}")
    return "\n\n".join(parts) + "\n"
