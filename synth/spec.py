"""The settings of one generation."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from curation.rules import rules_from
from schemas.errors import BadSpec
from schemas.instance import AbilityName, Frozen
from schemas.specs import Positive
from synth.gates import GATES
from synth.strategies import STRATEGIES

Count = Annotated[int, Field(ge=0)]


class GenerateSpec(Frozen):
    """`python -m synth generate SPEC.toml`.

    Args:
        strategy: how a row is made, see `synth.strategies`.
        backend: who runs the model: in this process (`transformers`, `vllm`) or behind an endpoint (`openai`).
        model: model folder, hub id, or the name an endpoint serves.
        base_url: of the endpoint; the key comes from the environment only (OPENAI_API_KEY).
        prompts: JSON lines of instances or candidates, relative to where the command runs.
        temperature: 0 is greedy decoding.
        top_p: share of the probability mass that is sampled from.
        max_new_tokens: a reply that has not ended by then is rejected as cut off.
        seed: of the sampling; every row draws from a generator of its own.
        accept: exact number of accepted rows per ability, or a table ability -> number; None takes every prompt.
        retries: how often a rejected reply is asked for again, with another sampling seed.
        gates: what a reply must pass, see `synth.gates`.
        check: curation's rules for the row, as in the settings of `python -m curation check`: rule -> false, true
            or a table of its settings; rules that are not named are on.
        batch_size: requests handed to a model in this process at once. The rows do not depend on it.
        concurrency: requests in flight to an endpoint.
    """

    strategy: str = "regenerate"
    backend: Literal["transformers", "vllm", "openai"] = "transformers"
    model: str = ""
    base_url: str = ""
    prompts: Path | None = None
    temperature: Annotated[float, Field(ge=0, le=10)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_new_tokens: Positive = 512
    seed: int = 0
    accept: Positive | dict[AbilityName, Positive] | None = None
    retries: Count = 0
    gates: tuple[str, ...] = tuple(GATES)
    check: dict[str, Any] = {}
    batch_size: Positive = 256
    concurrency: Positive = 16

    @field_validator("strategy")
    @classmethod
    def _known_strategy(cls, name: str) -> str:
        return _known(name, "strategy", list(STRATEGIES))

    @field_validator("gates")
    @classmethod
    def _known_gates(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            _known(name, "gate", list(GATES))
        return tuple(name for name in GATES if name in names)

    @field_validator("check")
    @classmethod
    def _known_rules(cls, check: dict[str, Any]) -> dict[str, Any]:
        try:
            rules_from(check)
        except BadSpec as error:
            raise ValueError(f"{error.what}, {error.do}") from None
        return check

    @model_validator(mode="after")
    def _sampled(self) -> GenerateSpec:
        if self.retries and self.temperature == 0:
            raise ValueError("retries need temperature > 0: greedy decoding would give the same reply again")
        return self

    def quota(self, ability: str) -> int | None:
        """How many accepted rows of `ability` are wanted; None for as many as there are."""
        return self.accept.get(ability) if isinstance(self.accept, dict) else self.accept

    def request(self) -> dict[str, Any]:
        """The settings that decide a reply, and so a row's id; the model is added by who knows its revision."""
        keys = {"strategy", "backend", "temperature", "top_p", "max_new_tokens"}
        return self.model_dump(mode="json", include=keys)

    def result(self) -> dict[str, Any]:
        """`request` and what decides which rows are kept. Paths, addresses and batch size decide nothing."""
        keys = {"seed", "accept", "retries", "gates", "check"}
        return self.request() | self.model_dump(mode="json", include=keys)


def _known(name: str, what: str, known: list[str]) -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise ValueError(f"unknown {what} {name!r}, {hint}")
