"""Generators by name: the same call over a model in this process, vLLM, or an OpenAI-compatible endpoint."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from inference.generate import Reply
from schemas.errors import BadSpec
from schemas.instance import Message

Kind = Literal["transformers", "vllm", "openai"]


class Generator(Protocol):
    """What answers prompts.

    `name` is the model's; `revision` tells two states of it apart, as far as the backend knows.
    """

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str: ...

    def generate(
        self,
        prompts: Sequence[Sequence[Message]],
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        seeds: Sequence[int] | None = None,
    ) -> list[Reply]:
        """One reply a prompt, in the order given; see `LocalModel.generate` for the seeds."""


def open_backend(kind: Kind | str, model: str, **settings: Any) -> Generator:
    """Open a generator.

    Args:
        kind: `transformers`, `vllm` or `openai`.
        model: folder or hub id; for `openai` the name that the endpoint knows it by.
        settings: the backend's own: `device`, `dtype` for transformers, see `vllm_engine.VllmModel.load` and
            `openai_client.OpenAIClient` for the others. None means the backend's default.

    Raises:
        BadSpec: unknown kind or setting.
        BadModel: the model does not load.
        MissingExtra: vLLM is not installed.
    """
    opener = _opener(kind)
    given = {key: value for key, value in settings.items() if value is not None}
    known = [name for name in inspect.signature(opener).parameters if name not in ("path", "model")]
    for key in given:
        if key not in known:
            raise BadSpec(
                f"unknown setting {key!r}", where=f"backend {kind}", do=f"known: {', '.join(known)}"
            )
    return opener(model, **given)


def _opener(kind: str) -> Callable[..., Generator]:
    # Imported when asked for: the endpoint's client needs no torch, the local model no vLLM.
    if kind == "transformers":
        from inference.local import LocalModel

        return LocalModel.load
    if kind == "vllm":
        from inference.vllm_engine import VllmModel

        return VllmModel.load
    if kind == "openai":
        from inference.openai_client import OpenAIClient

        return OpenAIClient
    raise BadSpec(f"unknown backend {kind!r}", do="known: transformers, vllm, openai")
