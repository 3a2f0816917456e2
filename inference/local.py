"""A model in this process, over transformers: log-likelihood, generation, embedding."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from inference.chat import (
    Encoded,
    Pair,
    assistant_header,
    encode_chat,
    encode_pairs,
    stop_ids,
)
from inference.generate import Reply, Sampling, generate_ids, replies, row_seeds
from inference.likelihood import LogLikelihood, score
from schemas.instance import Instance, Message

if TYPE_CHECKING:
    import numpy as np
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from inference.embed import Channel

__all__ = ["Encoded", "LocalModel", "LogLikelihood", "Pair", "Reply"]

Dtype = Literal["auto", "float32", "bfloat16", "float16"]


class LocalModel:
    """A transformers model with its tokenizer.

    Wrapping a live model (as the training callback does) changes nothing about it: each method switches to eval
    mode for its own time and back.

    Args:
        model: a causal language model.
        tokenizer: with a chat template.
        name: for tables and errors.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str = "") -> None:
        self.model, self.tokenizer = model, tokenizer
        self.name = name or Path(str(model.name_or_path or "model")).name

    @classmethod
    def load(cls, path: str | Path, device: str = "auto", dtype: Dtype = "auto") -> LocalModel:
        """Load a folder or a hub id. Code from a hub is never run, and only safetensors weights are read.

        Raises:
            BadModel: no such folder, no config, no tokenizer or no safetensors weights in it, or they do not load.
        """
        from inference.loading import load

        model, tokenizer = load(str(path), device, dtype)
        return cls(model, tokenizer, Path(path).name)

    @cached_property
    def parameters(self) -> int:
        """Number of weights, tied ones counted once."""
        return sum(p.numel() for p in self.model.parameters())

    @property
    def revision(self) -> str:
        """First 12 hex digits of `fingerprint`."""
        return self.fingerprint[:12]

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of the weights as they are now, of the tokenizer and of its chat template."""
        import torch

        digest = hashlib.sha256()
        for name, tensor in sorted(self.model.state_dict().items()):
            digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
        digest.update(repr(sorted(self.tokenizer.get_vocab().items())).encode("utf-8", "surrogatepass"))
        digest.update(str(self.tokenizer.chat_template).encode())
        return digest.hexdigest()

    @cached_property
    def limit(self) -> int | None:
        """Positions the model has; None if its architecture sets no bound."""
        found = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        return int(found) if found else None

    @cached_property
    def stop(self) -> frozenset[int]:
        """Ids that end a response, see `inference.chat.stop_ids`."""
        settings = getattr(self.model, "generation_config", None)
        return stop_ids(self.tokenizer, getattr(settings, "eos_token_id", None))

    def encode(self, pairs: Sequence[Pair]) -> list[Encoded]:
        """Token ids of pairs. They stay valid for every model with the same tokenizer."""
        return encode_pairs(self.tokenizer, pairs)

    def loglikelihood(
        self, pairs: Sequence[Pair | Encoded], batch_tokens: int = 16_384
    ) -> list[LogLikelihood]:
        """How likely each response is after its prompt, in the order given.

        Args:
            pairs: encoded ones (see `encode`) save the tokenizing when the same items are scored again.
            batch_tokens: padded tokens a forward pass, at most; results do not depend on it within 1e-5.

        Raises:
            BadData: an empty response, or an item longer than the model's positions; the item is named.
        """
        fresh = iter(self.encode([p for p in pairs if isinstance(p, Pair)]))
        encoded = [p if isinstance(p, Encoded) else next(fresh) for p in pairs]
        with _Evaluating(self.model):
            return score(
                self.model,
                encoded,
                batch_tokens=batch_tokens,
                vocabulary=self._vocabulary,
                limit=self.limit,
                pad=self._pad,
            )

    def unconditional(self, responses: Sequence[str], batch_tokens: int = 16_384) -> list[LogLikelihood]:
        """How likely each response is after the bare assistant's header: PPL(y) of the instruction-following
        difficulty PPL(y|x)/PPL(y). Raises BadData as `loglikelihood`."""
        header = tuple(assistant_header(self.tokenizer))
        prompt = (Message(role="user", content="?"),)
        bare = [
            Encoded((*header, *e.ids[e.start :]), len(header), f"response {i}")
            for i, e in enumerate(self.encode([Pair(prompt, r) for r in responses]))
        ]
        return self.loglikelihood(bare, batch_tokens)

    def generate(
        self,
        prompts: Sequence[Sequence[Message]],
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        seeds: Sequence[int] | None = None,
        batch_size: int = 256,
    ) -> list[Reply]:
        """Answer each prompt, in the order given.

        A row's random numbers depend on `seed` and on the row's own seed, so that neither the batch size nor the
        order changes a reply. Without `seeds` the row's seed comes from its prompt; the second occurrence of a
        prompt has another one.

        Raises:
            BadData: a prompt that fills the model's positions.
        """
        ids = [encode_chat(self.tokenizer, p, add_generation_prompt=True) for p in prompts]
        with _Evaluating(self.model):
            found = generate_ids(
                self.model,
                ids,
                Sampling(max_new_tokens, temperature, top_p, seed),
                row_seeds(ids) if seeds is None else seeds,
                stop=self.stop,
                vocabulary=self._vocabulary,
                limit=self.limit,
                pad=self._pad,
                batch_size=batch_size,
            )
        return replies(self.tokenizer, found, self.stop)

    def embed(
        self, rows: Sequence[Instance | str], channel: Channel = "response", batch_size: int = 64
    ) -> np.ndarray:
        """Mean of the final hidden states over the tokens of a channel, (rows, hidden), float32.

        It goes through sentence-transformers (`inference.chat_module`). See `inference.embed` for what the channels
        are; a plain text is one channel by itself. Raises BadData for a row longer than the model's positions.
        """
        import numpy as np

        from inference.chat_module import as_sentence_transformer, conversation

        with _Evaluating(self.model):
            encoder = as_sentence_transformer(self.model, self.tokenizer, channel, self.limit)
            found = encoder.encode(
                [conversation(row) for row in rows], batch_size=batch_size, show_progress_bar=False
            )
        return np.asarray(found, dtype=np.float32).reshape(len(rows), -1)

    @property
    def _vocabulary(self) -> int:
        # Weights are often padded to a round number of rows; those ids mean nothing to the tokenizer.
        return min(len(self.tokenizer), int(self.model.config.get_text_config().vocab_size))

    @property
    def _pad(self) -> int:
        return int(self.tokenizer.pad_token_id or 0)


class _Evaluating:
    """Dropout off for a while, and the model's mode restored afterwards."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __enter__(self) -> None:
        self._was = self._model.training
        self._model.eval()

    def __exit__(self, *_: object) -> None:
        self._model.train(self._was)
