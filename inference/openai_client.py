"""Any endpoint that speaks OpenAI's chat completions: a vLLM server, a hosted model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from inference.generate import Reply, mixed_seed, row_seeds
from schemas.errors import AbilitymixError, BadModel, Failed
from schemas.instance import Message
from schemas.terminal import one_line

_KEY = "OPENAI_API_KEY"


class OpenAIClient:
    """A model behind an endpoint.

    The key is read from OPENAI_API_KEY; a local server needs none. It is sent to `base_url` and nowhere else, and
    is taken out of every error message.

    Args:
        model: the name that the endpoint knows it by.
        base_url: of the API, up to `/v1`; without one, the client's own default or OPENAI_BASE_URL.
        concurrency: requests in flight, at most.
        timeout: seconds a request may take.
        retries: of a request that failed for a passing reason; the client waits longer each time.
        limit_field: what this endpoint calls the limit of new tokens.
    """

    def __init__(
        self,
        model: str,
        base_url: str | None = None,
        concurrency: int = 8,
        timeout: float = 120.0,
        retries: int = 4,
        limit_field: str = "max_completion_tokens",
    ) -> None:
        from openai import OpenAI

        self.name = model
        self.revision = ""  # an endpoint does not say what it serves
        self._concurrency, self._limit_field = max(1, concurrency), limit_field
        self._key = os.environ.get(_KEY, "")
        self._client = OpenAI(
            api_key=self._key or "none", base_url=base_url, timeout=timeout, max_retries=retries
        )

    def generate(
        self,
        prompts: Sequence[Sequence[Message]],
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        seeds: Sequence[int] | None = None,
    ) -> list[Reply]:
        """One reply a prompt, in the order given, whatever order they come back in.

        Whether equal seeds give equal replies is the endpoint's affair; vLLM keeps to it.

        Raises:
            BadModel: the endpoint refuses the key or does not know the model.
            Failed: it does not answer, or answers with another error.
        """
        plain = [[m.model_dump() for m in p] for p in prompts]
        rows = row_seeds(plain) if seeds is None else seeds
        pool = ThreadPoolExecutor(self._concurrency)
        try:
            futures = [
                pool.submit(self._ask, messages, max_new_tokens, temperature, top_p, mixed_seed(seed, row))
                for messages, row in zip(plain, rows, strict=True)
            ]
            return [future.result() for future in futures]
        finally:
            # After an error or Ctrl-C what is queued is not sent any more.
            pool.shutdown(wait=True, cancel_futures=True)

    def _ask(self, messages: Any, max_new_tokens: int, temperature: float, top_p: float, seed: int) -> Reply:
        import openai

        settings: dict[str, Any] = {self._limit_field: max_new_tokens}
        try:
            answer = self._client.chat.completions.create(
                model=self.name,
                messages=messages,
                temperature=temperature,
                top_p=top_p,
                seed=seed,
                **settings,
            )
        except openai.OpenAIError as error:
            raise self._explained(error) from None
        if not answer.choices:
            raise Failed("the endpoint sent a reply without choices", where=self.name, do="look at its log")
        choice, usage = answer.choices[0], answer.usage
        return Reply(
            choice.message.content or "",
            usage.completion_tokens if usage else 0,
            choice.finish_reason == "stop",
        )

    def _explained(self, error: Exception) -> AbilitymixError:
        import openai

        text = str(error)
        if self._key:
            text = text.replace(self._key, "***")
        said = one_line(text, 200)
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return BadModel("the endpoint refuses the key", where=self.name, do=f"set {_KEY}")
        if isinstance(error, openai.NotFoundError):
            return BadModel(
                f"the endpoint does not know it ({said})", where=self.name, do="check model and base_url"
            )
        if isinstance(error, openai.APIConnectionError):
            return Failed("the endpoint does not answer", where=self.name, do="check base_url and the server")
        return Failed(f"the endpoint failed ({said})", where=self.name, do="look at its log and run again")
