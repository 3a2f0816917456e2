"""Cross-entropy on supervised positions only, gathered before the output layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


def supervised_loss(model: Any, input_ids: Tensor, supervised: Tensor) -> Tensor:
    """Mean negative log-likelihood, nats, of the supervised tokens given those before them.

    With a vocabulary of 32,000 the output layer is a large part of a step, and most positions belong to prompts:
    only the supervised ones are projected.

    Args:
        input_ids: (rows, length), right padded.
        supervised: (rows, length) bool; the first column is ignored, since nothing predicts it.
    """
    wanted = supervised[:, 1:]
    targets = input_ids[:, 1:][wanted]
    logits = _logits(model, input_ids[:, :-1], wanted)
    return nn.functional.cross_entropy(logits.float(), targets)


def _logits(model: Any, input_ids: Tensor, wanted: Tensor) -> Tensor:
    """(supervised positions, vocabulary)."""
    if _plain_head(model):
        hidden = model.get_decoder()(input_ids=input_ids, use_cache=False).last_hidden_state
        projected: Tensor = model.get_output_embeddings()(hidden[wanted])
        return projected
    logits: Tensor = model(input_ids=input_ids, use_cache=False).logits
    return logits[wanted]


def _plain_head(model: Any) -> bool:
    """Whether the model's logits are its output layer of its last hidden state, and nothing else.

    Some families scale or cap their logits. We don't keep a list of them: we look once, to the last bit, since a cap
    hardly shows in the small logits of an untrained model.
    """
    known = getattr(model, "_abilitymix_plain_head", None)
    if known is None:
        known = _check_head(model)
        model._abilitymix_plain_head = known
    return bool(known)


@torch.no_grad()
def _check_head(model: Any) -> bool:
    if not all(hasattr(model, name) for name in ("get_decoder", "get_output_embeddings")):
        return False
    was_training = model.training
    model.eval()
    probe = torch.arange(1, 9, device=next(model.parameters()).device)[None]
    try:
        hidden = model.get_decoder()(input_ids=probe, use_cache=False).last_hidden_state
        ours = model.get_output_embeddings()(hidden)
        theirs = model(input_ids=probe, use_cache=False).logits
        return bool(torch.equal(ours, theirs))
    except (AttributeError, TypeError):
        return False
    finally:
        model.train(was_training)
