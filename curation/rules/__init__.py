"""Rules that look at one instance: named functions `True | (False, reason)`, switched and tuned in TOML.

```toml
[check]
refusal = false                  # off
length = { maximum = 2000 }      # a setting of the rule
```
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Literal

from curation.rules.damage import mojibake, residue, truncated
from curation.rules.language import refusal, script
from curation.rules.shape import length, repeated_lines
from schemas.errors import BadSpec
from schemas.instance import Instance

Verdict = Literal[True] | tuple[Literal[False], str]
Rule = Callable[[Instance], Verdict]

RULES: Mapping[str, Callable[..., Verdict]] = {
    rule.__name__: rule for rule in (length, script, refusal, residue, mojibake, repeated_lines, truncated)
}


def rules_from(settings: Mapping[str, Any] | None = None) -> dict[str, Rule]:
    """The rules that are on, with their settings bound.

    Args:
        settings: rule name -> false, true or a table of the rule's settings; rules that are not named are on.

    Raises:
        BadSpec: unknown rule or setting (the nearest known one is named), or a value of another type.
    """
    settings = settings or {}
    for name in settings:
        if name not in RULES:
            raise BadSpec(f"unknown rule {name!r}", where="check", do=_nearest(name, RULES))
    found: dict[str, Rule] = {}
    for name, rule in RULES.items():
        value = settings.get(name, True)
        if value is False:
            continue
        if value is not True and not isinstance(value, Mapping):
            raise BadSpec(f"{name} is neither true, false nor a table", where="check", do="mend the setting")
        bound = {} if value is True else _bound(name, rule, value)
        found[name] = functools.partial(rule, **bound)
    return found


def _bound(name: str, rule: Callable[..., Verdict], values: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        p.name: p.default for p in inspect.signature(rule).parameters.values() if p.kind is p.KEYWORD_ONLY
    }
    for key, value in values.items():
        if key not in known:
            raise BadSpec(f"{name} has no setting {key!r}", where="check", do=_nearest(key, known))
        default = known[key]
        fits = isinstance(value, type(default)) or (isinstance(default, float) and isinstance(value, int))
        if isinstance(default, tuple):
            fits = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
        if not fits or isinstance(value, bool) != isinstance(default, bool):
            raise BadSpec(
                f"{name}.{key} is {value!r}, not like {default!r}", where="check", do="mend the setting"
            )
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
