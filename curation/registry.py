"""Named things that are modules of a folder: nothing else has to be told of a new one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection, Iterator, Mapping
from typing import Generic, TypeVar, cast

Thing = TypeVar("Thing")


class Registry(Mapping[str, Thing], Generic[Thing]):
    """Names come from the folder, modules are imported when asked for, so that `--help` can list them at once.

    Args:
        package: its full name.
        path: its `__path__`.
        attribute: what each module defines.
        helpers: modules that are none of the things. Packages are not looked at. `_` in a module's name is `-` here.
    """

    def __init__(self, package: str, path: list[str], attribute: str, helpers: Collection[str]) -> None:
        self._package, self._attribute = package, attribute
        self._names = sorted(
            module.name.replace("_", "-")
            for module in pkgutil.iter_modules(path)
            if module.name not in helpers and not module.ispkg
        )

    def __getitem__(self, name: str) -> Thing:
        if name not in self._names:
            raise KeyError(name)
        module = importlib.import_module(f"{self._package}.{name.replace('-', '_')}")
        return cast(Thing, getattr(module, self._attribute))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
