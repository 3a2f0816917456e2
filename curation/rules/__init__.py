"""Rules that look at one instance: named functions `True | (False, reason)`, switched and tuned in TOML.

```toml
[check]
refusal = false                  # off
latin = true                     # on, where it is off by default
length = { maximum = 2000 }      # a setting of the rule
mine = { use = "my_package.rules:no_poems", limit = 3 }    # a rule of your own
```

docs/rules.md has all rules with their settings and defaults.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from curation.rules.damage import mojibake, residue, truncated
from curation.rules.language import LANGUAGES, SCRIPTS, hanzi, language, latin, script
from curation.rules.look import Rule as Rule
from curation.rules.look import Verdict as Verdict
from curation.rules.markup import fences, latex
from curation.rules.options import options, single_answer
from curation.rules.own import own_rule
from curation.rules.personal import pii
from curation.rules.refusals import refusal
from curation.rules.shape import length, looping, repeated_lines, repeated_phrases
from schemas.errors import BadSpec
from schemas.nearest import did_you_mean

RULES: Mapping[str, Callable[..., Verdict]] = {
    rule.__name__: rule
    for rule in (
        *(length, mojibake, script, language, latin, hanzi, residue, latex, fences, truncated),
        *(refusal, repeated_lines, looping, repeated_phrases, pii, options, single_answer),
    )
}
# Settings that take words, and which.
WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("script", "allowed"): SCRIPTS,
    ("language", "allowed"): LANGUAGES,
    ("hanzi", "variant"): ("simplified", "traditional"),
}
# What is a fault in one set and the point of another: on only where the settings say so.
OFF_UNLESS_ASKED = ("latin", "hanzi")


def rules_from(settings: Mapping[str, Any] | None = None) -> dict[str, Rule]:
    """The rules that are on, with their settings bound; they pickle, so that worker processes can have them.

    Args:
        settings: rule name -> false, true or a table of the rule's settings; rules that are not named are on, but for
            `OFF_UNLESS_ASKED`. A table with `use = "module:function"` adds a rule of the user's own, which runs that
            code: settings have to come from the user, never from data.

    Raises:
        BadSpec: unknown rule or setting (the nearest known one is named), or a value that the rule cannot take.
    """
    settings = settings or {}
    own: dict[str, Rule] = {}
    for name, value in settings.items():
        if name in RULES:
            continue
        if not isinstance(value, Mapping) or "use" not in value:
            raise BadSpec(f"unknown rule {name!r}", where="check", do=did_you_mean(name, RULES))
        own[name] = own_rule(name, value)
    found: dict[str, Rule] = {}
    for name, rule in RULES.items():
        value = settings.get(name, name not in OFF_UNLESS_ASKED)
        if value is False:
            continue
        if value is not True and not isinstance(value, Mapping):
            raise BadSpec(f"{name} is neither true, false nor a table", where="check", do="mend the setting")
        bound = {} if value is True else _bound(name, rule, value)
        found[name] = functools.partial(rule, **bound) if bound else rule
    return found | own


def _bound(name: str, rule: Callable[..., Verdict], values: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        p.name: p.default for p in inspect.signature(rule).parameters.values() if p.kind is p.KEYWORD_ONLY
    }
    for key, value in values.items():
        if key not in known:
            raise BadSpec(f"{name} has no setting {key!r}", where="check", do=did_you_mean(key, known))
        default = known[key]
        fits = isinstance(value, type(default)) or (isinstance(default, float) and isinstance(value, int))
        if isinstance(default, tuple):
            fits = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
        if not fits or isinstance(value, bool) != isinstance(default, bool) or _impossible(value, default):
            raise BadSpec(
                f"{name}.{key} is {value!r}, not like {default!r}", where="check", do="mend the setting"
            )
        for word in value if isinstance(value, list | tuple) else (value,):
            words = WORDS.get((name, key))
            if words and word not in words:
                raise BadSpec(
                    f"{name}.{key} does not know {word!r}",
                    where="check",
                    do=did_you_mean(word, words),
                )
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def _impossible(value: Any, default: Any) -> bool:
    """A number below zero, or a share (every setting with a fraction is one) above one."""
    return isinstance(value, int | float) and not 0 <= value <= (1 if isinstance(default, float) else value)
