"""Cross-entropy on supervised positions only, gathered before the output layer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from inference.likelihood import Head


def supervised_loss(head: Head | Any, input_ids: Tensor, supervised: Tensor) -> Tensor:
    """Mean negative log-likelihood, nats, of the supervised tokens given those before them.

    With a vocabulary of 32,000 the output layer is a large part of a step, and most positions belong to prompts:
    only the supervised ones are projected.

    Args:
        head: of the model; or a model as such, all of whose logits are then computed, for one that is wrapped for
            several devices and has to be called as a whole.
        input_ids: (rows, length), right padded.
        supervised: (rows, length) bool; the first column is ignored, since nothing predicts it.
    """
    wanted = supervised[:, 1:]
    targets = input_ids[:, 1:][wanted]
    if isinstance(head, Head):
        logits = head.logits(head.states(input_ids[:, :-1], wanted.flatten().nonzero().squeeze(1)))
    else:
        logits = head(input_ids=input_ids[:, :-1], use_cache=False).logits[wanted].float()
    return nn.functional.cross_entropy(logits, targets)
