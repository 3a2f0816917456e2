"""Log-likelihoods of given responses: one teacher-forced pass over length-sorted, right-padded batches.

Attention is causal, so padding on the right cannot reach a real token and no mask is needed. Only the positions
that predict a response token go through the output head, which for short answers is most of its cost saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.chat import Encoded
from schemas.errors import BadData

if TYPE_CHECKING:
    import torch

# On a CPU larger batches are no faster (measured from 1,024 to 16,384), they only take more memory.
_CPU_TOKENS = 4096
_HEAD_ROWS = 4096


@dataclass(frozen=True, slots=True)
class LogLikelihood:
    """Of one response.

    Args:
        nll: summed negative log-likelihood, nats, end token included.
        tokens: response tokens, end token included.
        greedy: whether each of them is the model's first choice, so that greedy decoding gives exactly this response.
    """

    nll: float
    tokens: int
    greedy: bool


def score(
    model: Any, encoded: Sequence[Encoded], *, batch_tokens: int, vocabulary: int, limit: int | None, pad: int
) -> list[LogLikelihood]:
    """Score every encoded pair; the order of the result is the order of the input.

    Args:
        model: a causal language model of transformers, in eval mode.
        batch_tokens: padded tokens a forward pass, at most.
        vocabulary: ids the tokenizer knows; ids beyond are never a first choice, as in generation.
        limit: positions the model has, or None.
        pad: id to fill with; it never matters which.

    Raises:
        BadData: a response without tokens, or a pair longer than the model's positions, named.
    """
    import numpy as np
    import torch

    for i, item in enumerate(encoded):
        check_fits(item, i, limit)
    device = model.device
    if device.type == "cpu":
        batch_tokens = min(batch_tokens, _CPU_TOKENS)
    head = Head(model)
    out: list[LogLikelihood | None] = [None] * len(encoded)
    with torch.inference_mode():
        for rows in batches([len(e.ids) for e in encoded], batch_tokens):
            # The last token is only predicted, never read.
            width = max(len(encoded[r].ids) for r in rows) - 1
            ids = np.full((len(rows), width), pad, dtype=np.int64)
            gold: list[int] = []
            places: list[int] = []
            counts: list[int] = []
            for k, r in enumerate(rows):
                item = encoded[r]
                length = len(item.ids) - 1
                ids[k, :length] = item.ids[:-1]
                gold += item.ids[item.start :]
                places += range(k * width + item.start - 1, k * width + length)
                counts.append(len(item.ids) - item.start)
            nll, first = head.score(
                torch.from_numpy(ids).to(device),
                torch.tensor(places, device=device),
                torch.tensor(gold, device=device),
                vocabulary,
            )
            ends = np.cumsum(counts, dtype=np.int64)
            starts = ends - np.asarray(counts, dtype=np.int64)
            sums = np.add.reduceat(nll, starts)
            alls = np.logical_and.reduceat(first, starts)
            for k, r in enumerate(rows):
                out[r] = LogLikelihood(float(sums[k]), counts[k], bool(alls[k]))
    return [result for result in out if result is not None]


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices grouped by similar length so that rows x longest stays within `batch_tokens`; at least one row each."""
    rows: list[int] = []
    # Longest first: if memory does not suffice, it fails at once.
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if rows and (len(rows) + 1) * lengths[rows[0]] > batch_tokens:
            yield rows
            rows = []
        rows.append(index)
    if rows:
        yield rows


def check_fits(item: Encoded, index: int, limit: int | None) -> None:
    """Raise BadData, naming the item, if it has no response or prompt or is longer than the model's positions."""
    where = item.name or f"pair {index}"
    # One token is the end token alone: there is no response to score.
    if len(item.ids) - item.start < 2:
        raise BadData("the response has no tokens", where=where, do="remove the item or give it a response")
    if item.start < 1:
        raise BadData("the prompt has no tokens", where=where, do="give the item a prompt")
    if limit is not None and len(item.ids) > limit:
        raise BadData(
            f"{len(item.ids)} tokens do not fit the model's {limit} positions",
            where=where,
            do="shorten the item or take a model with a longer context",
        )


class Head:
    """A causal model's output head, applied to chosen positions only where that gives the model's own logits.

    Some architectures scale or cap the logits after the head. Whether this one does is tried out, not looked up:
    if head(hidden states) differs from the model's logits on a probe, the whole model is run instead.
    """

    def __init__(self, model: Any) -> None:
        import torch

        self._model = model
        self._body = getattr(model, model.base_model_prefix, None)
        self._head = model.get_output_embeddings()
        self._plain = False
        if self._body is not None and self._head is not None:
            probe = (
                torch.arange(8, device=model.device).unsqueeze(0) % model.config.get_text_config().vocab_size
            )
            with torch.inference_mode():
                whole = model(input_ids=probe, use_cache=False).logits
                part = self._head(self.hidden(probe))
            # To the bit: a cap hardly shows in the small logits of an untrained model, and grows with training.
            self._plain = whole.shape == part.shape and torch.equal(whole, part)

    def hidden(self, ids: torch.Tensor) -> torch.Tensor:
        """Final hidden states, (rows, width, hidden)."""
        assert self._body is not None
        states: torch.Tensor = self._body(input_ids=ids, use_cache=False).last_hidden_state
        return states

    def states(self, ids: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """What `logits` takes, (places, …), of the positions numbered row by row over the whole batch."""
        if self._plain:
            return self.hidden(ids).flatten(0, 1)[places]
        chosen: torch.Tensor = self._model(input_ids=ids, use_cache=False).logits.flatten(0, 1)[places]
        return chosen

    def logits(self, states: torch.Tensor) -> torch.Tensor:
        """(places, vocabulary), float32."""
        out: torch.Tensor = self._head(states) if self._plain else states
        return out.float()

    def score(self, ids: torch.Tensor, places: torch.Tensor, gold: torch.Tensor, vocabulary: int) -> Any:
        """For each flat position of `places`, the negative log-likelihood (float64) and whether gold comes first."""
        import torch

        states = self.states(ids, places)
        nll, first = [], []
        for begin in range(0, len(gold), _HEAD_ROWS):
            part, answers = states[begin : begin + _HEAD_ROWS], gold[begin : begin + _HEAD_ROWS]
            logits = self.logits(part)
            chosen = logits.gather(1, answers.unsqueeze(1)).squeeze(1)
            nll.append(logits.logsumexp(1) - chosen)
            first.append(logits[:, :vocabulary].argmax(1) == answers)
        return torch.cat(nll).double().cpu().numpy(), torch.cat(first).cpu().numpy()
