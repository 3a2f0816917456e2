"""How a synthetic row is made from a human one, one small file a strategy."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from synth.strategies.base import Prompt, Strategy
from synth.strategies.regenerate import Regenerate

STRATEGIES: Mapping[str, Strategy] = MappingProxyType({s.name: s for s in (Regenerate(),)})

__all__ = ["STRATEGIES", "Prompt", "Strategy"]
