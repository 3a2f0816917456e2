"""Generation with a key-value cache: greedy or sampled, the same rows at any batch size and in any order.

transformers' own `generate` draws one batch's samples from one random stream, so that a row depends on its
neighbours. Here each row has its own stream, keyed by the seed and the row's seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.canonical import sha256_of
from schemas.errors import BadData

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Reply:
    """One generated response.

    Args:
        text: without special tokens.
        tokens: generated tokens, end token included if there is one.
        finished: whether the model ended it; False if the limit of new tokens cut it off.
    """

    text: str
    tokens: int
    finished: bool


@dataclass(frozen=True)
class Sampling:
    """How to choose the next token. Temperature 0 is greedy; `top_p` keeps the smallest set with that probability."""

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


def row_seeds(prompts: Sequence[object]) -> list[int]:
    """A seed for each prompt (ids, or messages as JSON has them) from its content and from how often it came before:
    the order of different prompts does not matter."""
    seen: Counter[str] = Counter()
    out = []
    for prompt in prompts:
        key = sha256_of(prompt)
        out.append(int(sha256_of([key, seen[key]])[:15], 16))
        seen[key] += 1
    return out


def mixed_seed(seed: int, row: int) -> int:
    """One number of 31 bits out of two seeds, for backends that take a single one."""
    return int(sha256_of([seed, row])[:8], 16) >> 1


def replies(tokenizer: Any, found: Sequence[Sequence[int]], stop: Collection[int]) -> list[Reply]:
    """Replies from generated ids; each that ends in one of `stop` is finished."""
    texts = (tokenizer.decode(ids, skip_special_tokens=True) for ids in found)
    return [Reply(t, len(ids), bool(ids) and ids[-1] in stop) for t, ids in zip(texts, found, strict=True)]


def generate_ids(
    model: Any,
    prompts: Sequence[Sequence[int]],
    sampling: Sampling,
    seeds: Sequence[int],
    *,
    stop: Collection[int],
    vocabulary: int,
    limit: int | None,
    pad: int,
    batch_size: int,
) -> list[list[int]]:
    """New token ids for each prompt, end token included if it was generated.

    Args:
        stop: ids that end a response.
        vocabulary: ids the tokenizer knows; the model's ids beyond are never chosen.
        limit: positions the model has, or None; a reply that reaches it is cut off there.

    Raises:
        BadData: an empty prompt, or one that fills the model's positions.
    """
    for i, prompt in enumerate(prompts):
        if not prompt or (limit is not None and len(prompt) >= limit):
            what = f"{len(prompt)} tokens leave no room in the model's {limit} positions"
            raise BadData(what if prompt else "empty prompt", where=f"prompt {i}", do="shorten the prompt")
    out: list[list[int]] = [[] for _ in prompts]
    order = sorted(range(len(prompts)), key=lambda i: (-len(prompts[i]), i))
    for begin in range(0, len(order), batch_size):
        rows = order[begin : begin + batch_size]
        found = _batch(
            model,
            [prompts[r] for r in rows],
            sampling,
            [seeds[r] for r in rows],
            frozenset(stop),
            vocabulary,
            limit,
            pad,
        )
        for r, ids in zip(rows, found, strict=True):
            out[r] = ids
    return out


def _batch(
    model: Any,
    prompts: list[Sequence[int]],
    sampling: Sampling,
    seeds: list[int],
    stop: frozenset[int],
    vocabulary: int,
    limit: int | None,
    pad: int,
) -> list[list[int]]:
    import numpy as np
    import torch
    from transformers import DynamicCache

    width = max(map(len, prompts))
    ids = np.full((len(prompts), width), pad, dtype=np.int64)
    mask = np.zeros((len(prompts), width), dtype=np.int64)
    for k, prompt in enumerate(prompts):
        ids[k, width - len(prompt) :] = prompt
        mask[k, width - len(prompt) :] = 1
    device = model.device
    tokens, attention = torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)
    positions = (attention.cumsum(1) - 1).clamp(min=0)
    cache = DynamicCache(config=model.config)
    streams = [np.random.Generator(np.random.Philox(key=[sampling.seed % 2**64, s % 2**64])) for s in seeds]
    out: list[list[int]] = [[] for _ in prompts]
    alive = list(range(len(prompts)))  # rows of the caller that the batch's rows stand for
    with torch.inference_mode():
        for _ in range(sampling.max_new_tokens):
            # Without padding no mask is needed, and attention takes its fast path.
            padded = attention if not bool(attention.all()) else None
            logits = model(
                input_ids=tokens,
                attention_mask=padded,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1, :vocabulary]
            uniform = [streams[r].random() for r in alive] if sampling.temperature > 0 else []
            chosen = choose(logits.float(), sampling, uniform)
            keep = []
            for k, (r, token) in enumerate(zip(alive, chosen.tolist(), strict=True)):
                out[r].append(token)
                full = limit is not None and len(prompts[r]) + len(out[r]) >= limit
                if token not in stop and not full:
                    keep.append(k)
            if not keep:
                break
            if len(keep) < len(alive):
                index = torch.tensor(keep, device=device)
                cache.batch_select_indices(index)
                attention, positions, chosen = attention[index], positions[index], chosen[index]
                alive = [alive[k] for k in keep]
            tokens = chosen.unsqueeze(1)
            positions = positions[:, -1:] + 1
            attention = torch.cat([attention, attention.new_ones(len(alive), 1)], dim=1)
    return out


def choose(logits: torch.Tensor, sampling: Sampling, uniform: Sequence[float]) -> torch.Tensor:
    """The next token of each row: the first choice, or the one where the row's uniform number falls.

    Args:
        logits: (rows, vocabulary), float32.
        uniform: one number in [0, 1) a row, unused when greedy.
    """
    import torch

    if sampling.temperature <= 0:
        return logits.argmax(-1)
    probabilities = (logits.double() / sampling.temperature).softmax(-1)
    if sampling.top_p < 1:
        ranked, index = probabilities.sort(dim=-1, descending=True, stable=True)
        # A token is kept while the mass before it is still short of top_p; the first one always is.
        outside = ranked.cumsum(-1) - ranked >= sampling.top_p
        probabilities = probabilities.masked_fill(outside.gather(-1, index.argsort(-1)), 0.0)
    mass = probabilities.cumsum(-1)
    target = torch.tensor(uniform, dtype=mass.dtype, device=mass.device).unsqueeze(1) * mass[:, -1:]
    # right=True steps over tokens of probability zero, also when the target is exactly 0.
    return torch.searchsorted(mass, target, right=True).squeeze(1).clamp(max=logits.shape[1] - 1)
