"""A causal chat model as a sentence-transformers model: this module and mean pooling.

Imports torch and sentence-transformers at once; `inference.embed` and `inference.local` import it when they embed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule
from sentence_transformers.sentence_transformer.modules import Pooling

from inference.chat import Pair, encode_pairs, encode_texts
from inference.embed import Channel
from schemas.errors import BadData
from schemas.instance import Instance, Message


class ChatTransformer(InputModule):  # type: ignore[misc]  # untyped for mypy: its imports are skipped
    """Conversations in, hidden states out, with the channel's tokens as the mask that pooling sees.

    Args:
        model: a causal model without its output head.
        tokenizer: with a chat template.
        channel: see `inference.embed`; a plain text is a channel by itself.
        limit: positions the model has, or None.
    """

    def __init__(self, model: Any, tokenizer: Any, channel: Channel, limit: int | None) -> None:
        super().__init__()
        self.auto_model, self.tokenizer = model, tokenizer
        self.channel, self.max_seq_length = channel, limit

    @property
    def modalities(self) -> list[Any]:
        return ["text", "message"]

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Right-padded ids and the pooling mask, (rows, width) each. Raises BadData for a row that is too long."""
        rows = _rows(self.tokenizer, inputs, self.channel)
        width = max(len(ids) for ids, _ in rows)
        if self.max_seq_length is not None and width > self.max_seq_length:
            raise BadData(
                f"{width} tokens do not fit the model's {self.max_seq_length} positions",
                where="embedding",
                do="shorten the item or take a model with a longer context",
            )
        ids = np.full((len(rows), width), self.tokenizer.pad_token_id or 0, dtype=np.int64)
        mask = np.zeros((len(rows), width), dtype=np.int64)
        for k, (row, chosen) in enumerate(rows):
            ids[k, : len(row)] = row
            mask[k, : len(row)] = chosen
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        # Causal attention and padding on the right: no mask for the model, only for the pooling that follows.
        states = self.auto_model(input_ids=features["input_ids"], use_cache=False).last_hidden_state
        return {**features, "token_embeddings": states}

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        self.auto_model.save_pretrained(output_path)
        self.tokenizer.save_pretrained(output_path)


def as_sentence_transformer(
    model: Any, tokenizer: Any, channel: Channel, limit: int | None
) -> SentenceTransformer:
    """A causal language model as a sentence-transformers model that pools one channel's tokens."""
    size = int(model.config.get_text_config().hidden_size)
    return SentenceTransformer(
        modules=[ChatTransformer(model.base_model, tokenizer, channel, limit), Pooling(size, "mean")],
        device=str(model.device),
    )


def conversation(row: Instance | str) -> Any:
    """The form in which sentence-transformers takes an instance: its messages as dictionaries."""
    return row if isinstance(row, str) else [{"role": m.role, "content": m.content} for m in row.messages]


def _rows(tokenizer: Any, inputs: Sequence[Any], channel: Channel) -> list[tuple[list[int], list[bool]]]:
    """Ids of each input, and which of them the channel holds."""
    texts = iter(encode_texts(tokenizer, [i for i in inputs if isinstance(i, str)]))
    talks = [[Message(**m) for m in i] for i in inputs if not isinstance(i, str)]
    encoded = iter(encode_pairs(tokenizer, [Pair(tuple(t[:-1]), t[-1].content) for t in talks]))
    # An unknown character is still a part of the text.
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    bos = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
    rows = []
    for item in inputs:
        if isinstance(item, str):
            ids = next(texts)
            rows.append(([*bos, *ids], [not ids] * len(bos) + [True] * len(ids)))
            continue
        pair = next(encoded)
        side = [
            channel == "both" or (k >= pair.start) == (channel == "response") for k in range(len(pair.ids))
        ]
        mask = [s and i not in special for s, i in zip(side, pair.ids, strict=True)]
        rows.append((list(pair.ids), mask if any(mask) else side))
    return rows
