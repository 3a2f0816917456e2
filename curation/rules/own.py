"""A user's own rules: functions in modules of theirs, named in the settings file that they wrote."""

from __future__ import annotations

import functools
import importlib
import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from curation.rules.look import Verdict
from schemas.errors import BadSpec
from schemas.instance import Instance


@dataclass(frozen=True)
class OwnRule:
    """A rule from outside, with its settings. It travels to worker processes by name, and its answer is looked at.

    Args:
        name: the rule's name in the settings.
        use: `module:function`.
        settings: the function's keyword arguments.
    """

    name: str
    use: str
    settings: tuple[tuple[str, Any], ...] = ()

    def __call__(self, instance: Instance) -> Verdict:
        """The function's verdict. Raises BadSpec if it raises, or answers neither True nor (False, reason)."""
        try:
            verdict = _function(self.name, self.use)(instance, **dict(self.settings))
        except BadSpec:
            raise
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise BadSpec(
                f"{self.use} raised {type(error).__name__} ({error}) on instance {instance.id[:12]}",
                where=f"check.{self.name}",
                do=f"mend it at {last.filename}:{last.lineno}",
            ) from error
        if verdict is True or (
            isinstance(verdict, tuple)
            and len(verdict) == 2
            and verdict[0] is False
            and isinstance(verdict[1], str)
        ):
            return verdict
        raise BadSpec(
            f"{self.use} answered {verdict!r}",
            where=f"check.{self.name}",
            do="answer True or (False, reason)",
        )

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        return _function(self.name, self.use).__doc__ or ""

    @property
    def __signature__(self) -> inspect.Signature:
        """That of the function with its settings bound, and `use`, so that a step's settings name all of it."""
        bound = inspect.signature(functools.partial(_function(self.name, self.use), **dict(self.settings)))
        use = inspect.Parameter("use", inspect.Parameter.KEYWORD_ONLY, default=self.use)
        return bound.replace(parameters=[*bound.parameters.values(), use])


def own_rule(name: str, values: Mapping[str, Any]) -> OwnRule:
    """The rule of a table such as `{ use = "my_package.rules:function", limit = 3 }`.

    Raises:
        BadSpec: `use` is no `module:function`, there is no such function, or it does not take the settings.
    """
    use = values["use"]
    settings = {key: value for key, value in values.items() if key != "use"}
    if not isinstance(use, str) or use.count(":") != 1:
        raise BadSpec(f"use is {use!r}", where=f"check.{name}", do='write use = "module:function"')
    function = _function(name, use)
    try:
        inspect.signature(function).bind(None, **settings)
    except (TypeError, ValueError) as error:
        raise BadSpec(
            f"{use} does not take these settings ({error})", where=f"check.{name}", do="mend them"
        ) from None
    return OwnRule(name, use, tuple(settings.items()))


@functools.lru_cache(maxsize=256)
def _function(name: str, use: str) -> Callable[..., Any]:
    module, _, attribute = use.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise BadSpec(
            f"cannot load {use} ({type(error).__name__}: {error})",
            where=f"check.{name}",
            do="install the module, or put it into the folder the command runs in",
        ) from None
    if not callable(function):
        raise BadSpec(f"{use} is not a function", where=f"check.{name}", do="name one")
    return function  # type: ignore[no-any-return]
