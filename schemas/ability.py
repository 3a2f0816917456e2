"""Abilities are data: DoIT's ten come as one file, a user's own are added the same way."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from schemas.errors import BadData, BadSpec
from schemas.instance import AbilityName, FormName, Frozen
from schemas.nearest import did_you_mean
from schemas.toml import parse_spec

DOIT = Path(__file__).parent / "abilities" / "doit.toml"


class Ability(Frozen):
    """One ability.

    Args:
        name: the field name, as in the files.
        title: for people, in English and Chinese.
        forms: the answer forms its instances may take.
        scoring: `exact` match of the parsed answer, or comparison with `distractors`.
        guidelines: what annotators are told.
    """

    name: AbilityName
    title: str
    title_zh: str = ""
    forms: tuple[FormName, ...]
    scoring: Literal["exact", "distractors"]
    guidelines: str = ""


class _AbilityFile(Frozen):
    ability: tuple[Ability, ...]


def load_abilities(path: Path) -> dict[str, Ability]:
    """Read a file of `[[ability]]` tables. Raises BadSpec with the key that is wrong."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSpec(f"not TOML ({error})", where=str(path), do="mend the file") from None
    return {a.name: a for a in parse_spec(values, _AbilityFile, str(path)).ability}


@cache
def doit_abilities() -> Mapping[str, Ability]:
    """The ten abilities of DoIT, in the order of the paper's table."""
    return load_abilities(DOIT)


def find_ability(name: str, abilities: Mapping[str, Ability] | None = None) -> Ability:
    """The ability called `name`. Raises BadData naming the nearest known one."""
    known = abilities or doit_abilities()
    if name in known:
        return known[name]
    raise BadData(f"unknown ability {name!r}", do=did_you_mean(name, known))
