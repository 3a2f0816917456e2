"""Embeddings of instances through sentence-transformers: the study's own base model, or any encoder of a hub.

A channel says whose tokens are averaged. Instruction and response are always read together, so that a response's
vectors know what was asked:

- `response`: the tokens of the gold answer, end token excluded (the default; ours, science.md section 5);
- `instruction`: the tokens of everything before it, special tokens excluded;
- `both`: all of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from schemas.errors import BadModel
from schemas.instance import Instance
from schemas.terminal import one_line

if TYPE_CHECKING:
    import numpy as np
    from sentence_transformers import SentenceTransformer

    from inference.local import LocalModel

Channel = Literal["response", "instruction", "both"]


class Encoder(Protocol):
    """What turns instances into vectors.

    `trimmed` counts the instances of the last call that were longer than the encoder reads.
    """

    name: str
    trimmed: int

    def encode(self, instances: Sequence[Instance], channel: Channel = "response") -> np.ndarray:
        """Vectors, (instances, dimension), float32, in the order given."""


def load_encoder(name_or_path: str | Path, device: str = "auto") -> Encoder:
    """An encoder for a sentence-transformers folder or hub id, or for a folder with a causal chat model.

    Raises:
        BadModel: it does not load.
    """
    path = Path(name_or_path)
    if path.is_dir() and not (path / "modules.json").is_file() and _is_causal(path):
        from inference.local import LocalModel

        return ChatEncoder(LocalModel.load(path, device=device))
    return TextEncoder(_sentence_transformer(str(name_or_path), device), path.name)


class ChatEncoder:
    """A causal chat model as an encoder: what it thinks at the tokens of a channel."""

    def __init__(self, model: LocalModel) -> None:
        self.name, self.trimmed = model.name, 0
        self._model = model

    def encode(self, instances: Sequence[Instance], channel: Channel = "response") -> np.ndarray:
        return self._model.embed(instances, channel)


class TextEncoder:
    """An encoder of plain text. Instruction and response are joined by a newline and told apart by offsets.

    What is too long loses the front of its instruction first, then the end of its response. An encoder that does
    not show single tokens (no offsets, as a static one) reads the channel's text alone.
    """

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        self.name, self.trimmed = name, 0
        self._model = model
        self._tokenizer: Any = getattr(model, "tokenizer", None)
        self._sees_tokens = bool(getattr(self._tokenizer, "is_fast", False)) and hasattr(model[0], "config")

    def encode(self, instances: Sequence[Instance], channel: Channel = "response") -> np.ndarray:
        import numpy as np

        self.trimmed = 0
        sides = [("\n".join(m.content for m in i.prompt), i.response) for i in instances]
        if not self._sees_tokens:
            return self._encode_alone(sides, channel)
        sides = [self._fit(front, back) for front, back in sides]
        texts = [f"{front}\n{back}" for front, back in sides]
        found = self._model.encode(texts, output_value=None, show_progress_bar=False)
        rows = []
        for text, (front, _), features in zip(texts, sides, found, strict=True):
            real = features["attention_mask"].bool()
            vectors = features["token_embeddings"][real].float().cpu().numpy()
            ids, spans = self._tokens(text)
            # The encoder may put marks, or a whole chat template, around the text.
            start, length = _locate(features["input_ids"][real].tolist(), ids)
            spans, vectors = spans[:length], vectors[start : start + length]
            keep = np.array([_in(channel, begin, len(front)) for begin, _ in spans])
            # Of a side without tokens of its own (an encoder may skip blanks) the whole text is all there is.
            rows.append(vectors[keep if keep.any() else slice(None)].mean(axis=0))
        return np.asarray(rows, dtype=np.float32)

    def _encode_alone(self, sides: Sequence[tuple[str, str]], channel: Channel) -> np.ndarray:
        import numpy as np

        joined = {"response": slice(1, 2), "instruction": slice(0, 1), "both": slice(0, 2)}[channel]
        texts = ["\n".join(side[joined]) for side in sides]
        return np.asarray(self._model.encode(texts, show_progress_bar=False), dtype=np.float32)

    def _fit(self, front: str, back: str) -> tuple[str, str]:
        if self._model.max_seq_length is None:
            return front, back
        _, spans = self._tokens(f"{front}\n{back}")
        too_many = len(spans) - (self._model.max_seq_length - self._around)
        if too_many <= 0:
            return front, back
        self.trimmed += 1
        # Cut whole tokens from the front; what is then still too long, the encoder cuts at the end.
        return front[min(spans[too_many - 1][1], len(front)) :], back

    def _tokens(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        found = self._tokenizer(
            text, return_offsets_mapping=True, add_special_tokens=False, truncation=False, verbose=False
        )
        return list(found["input_ids"]), list(found["offset_mapping"])

    @cached_property
    def _around(self) -> int:
        """Tokens that the encoder puts around a text."""
        return int(self._model.preprocess(["?"])["input_ids"].shape[1]) - len(self._tokens("?")[0])


def _locate(whole: Sequence[int], part: Sequence[int]) -> tuple[int, int]:
    """Where `part`, or its longest beginning, stands in `whole`: start and length."""
    best = (0, 0)
    for start in range(len(whole)):
        length = 0
        while length < len(part) and start + length < len(whole) and whole[start + length] == part[length]:
            length += 1
        if length > best[1]:
            best = (start, length)
    return best


def _in(channel: Channel, begin: int, boundary: int) -> bool:
    # The newline between the two sides sits at `boundary` and belongs to neither.
    if channel == "both":
        return True
    return begin > boundary if channel == "response" else begin < boundary


def _sentence_transformer(name: str, device: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            name,
            device=None if device == "auto" else device,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        raise BadModel(
            f"the encoder does not load ({type(error).__name__}: {one_line(str(error), 160)})",
            where=name,
            do="name a sentence-transformers model or a model folder",
        ) from None


def _is_causal(path: Path) -> bool:
    import json

    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Let the model's own loader say what is wrong with the folder.
        return True
    return any("CausalLM" in str(a) or "LMHead" in str(a) for a in config.get("architectures") or [])
