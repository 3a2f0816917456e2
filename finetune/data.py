"""From instances to batches: token ids, loss masks, the order of the rows, padding, and what all of it counted.

Rows of a run live in three flat arrays, so that a batch is three indexing operations however many rows it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from schemas.errors import BadData, EmptySplit
from schemas.instance import Instance
from schemas.specs import TrainSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

Ids = "NDArray[np.int32]"
Mask = "NDArray[np.bool_]"


@dataclass(frozen=True)
class Row:
    """One instance as tokens: `ids` int32 and `mask` bool, both (length,); the mask marks what is learnt."""

    id: str
    ids: NDArray[np.int32]
    mask: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


class RowCache:
    """Instances tokenized once, however many runs use them.

    Args:
        tokenizer: the base model's; `train` refuses a cache that was made with another one.
        loss_on: `all` assistant turns or only the `last`.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, loss_on: Literal["all", "last"] = "all") -> None:
        self.tokenizer, self.loss_on = tokenizer, loss_on
        self._rows: dict[str, Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, instances: Sequence[Instance]) -> list[Row]:
        """Tokens of the instances, in order.

        Raises:
            BadData: a row has nothing to learn, or its end token would not be learnt; names the instance.
            BadModel: the tokenizer has no chat template or one that cannot be cut into prompt and response.
        """
        new = {i.id: i for i in instances if i.id not in self._rows}
        for row in _encode(self.tokenizer, list(new.values()), self.loss_on):
            self._rows[row.id] = row
        return [self._rows[i.id] for i in instances]


def _encode(
    tokenizer: PreTrainedTokenizerBase, instances: Sequence[Instance], loss_on: Literal["all", "last"]
) -> Iterator[Row]:
    from inference.chat import Pair, encode_pairs, response_spans

    single = [
        i for i in instances if loss_on == "last" or sum(m.role == "assistant" for m in i.messages) == 1
    ]
    pairs = encode_pairs(tokenizer, [Pair(i.prompt, i.response, i.id) for i in single])
    ends = set(tokenizer.all_special_ids) | {tokenizer.eos_token_id}
    for encoded in pairs:
        ids = np.array(encoded.ids, np.int32)
        yield proved(Row(encoded.name, ids, np.arange(len(ids)) >= encoded.start), ends)
    done = {i.id for i in single}
    for instance in instances:
        if instance.id not in done:
            listed, spans = response_spans(tokenizer, instance.messages)
            yield proved(Row(instance.id, np.array(listed, np.int32), np.array(spans, np.bool_)), ends)


def proved(row: Row, ends: set[int]) -> Row:
    """The row itself, if its mask can be trusted."""
    learnt = np.flatnonzero(row.mask[1:]) + 1  # nothing predicts the first token
    if not len(learnt):
        raise BadData("every token is masked, nothing would be learnt", where=row.id, do="check the response")
    if int(row.ids[learnt[-1]]) not in ends:
        raise BadData(
            "the end token would not be learnt: the response does not end in a special token",
            where=row.id,
            do="use a chat template that closes the assistant's turn with a special token",
        )
    return row


@dataclass
class Accounting:
    """Rows and tokens of a run.

    Args:
        rows: that are trained on.
        trimmed: of these, how many lost the front of their prompt.
        dropped: ids of rows that were left out for their length.
        real, padding, supervised: tokens fed over all steps, padding beside them, and those with a loss.
    """

    rows: int = 0
    trimmed: int = 0
    dropped: tuple[str, ...] = ()
    real: int = 0
    padding: int = 0
    supervised: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "dropped": len(self.dropped)}


def fit(rows: Sequence[Row], spec: TrainSpec, bos: int | None) -> tuple[list[Row], Accounting]:
    """Apply `spec.overlong` to rows of more than `spec.max_length` tokens.

    `trim` cuts the front of the prompt and keeps `bos`; a row whose response alone is too long is dropped.

    Raises:
        BadData: a row is too long and the policy is `error`.
        EmptySplit: no row is left.
    """
    kept: list[Row] = []
    dropped: list[str] = []
    trimmed = 0
    for row in rows:
        if len(row) <= spec.max_length:
            kept.append(row)
        elif spec.overlong == "error":
            raise BadData(
                f"{len(row)} tokens, more than max_length {spec.max_length}",
                where=row.id,
                do='raise max_length, or set overlong = "drop" or "trim"',
            )
        elif spec.overlong == "trim" and (short := _trim(row, spec.max_length, bos)):
            kept.append(short)
            trimmed += 1
        else:
            dropped.append(row.id)
    if not kept:
        raise EmptySplit(
            f"no row to train on ({len(rows)} given, {len(dropped)} dropped as overlong)",
            do="draw a larger mix or raise max_length",
        )
    return kept, Accounting(rows=len(kept), trimmed=trimmed, dropped=tuple(dropped))


def _trim(row: Row, length: int, bos: int | None) -> Row | None:
    head = 1 if bos is not None and int(row.ids[0]) == bos else 0
    cut = len(row) - length + head
    # The last turn must survive whole, with one token before it to predict its first.
    last_turn = len(row) - int(np.argmin(row.mask[: np.flatnonzero(row.mask)[-1]][::-1])) - 1
    if cut >= last_turn:
        return None
    return Row(
        row.id,
        np.concatenate([row.ids[:head], row.ids[cut:]]),
        np.concatenate([row.mask[:head], row.mask[cut:]]),
    )


class BatchOrder:
    """Which rows each step takes: seeded epochs, one shuffle each, laid end to end and cut into full batches.

    A batch never holds a row twice: it has `min(batch_size, rows)` rows, and where it reaches into the next epoch,
    that epoch's first rows are chosen among those not in it. Nothing is left over: after any step, two rows' visits
    differ by one at most.
    """

    def __init__(self, rows: int, batch_size: int, steps: int, seed: int) -> None:
        self.rows, self.size, self.steps, self.seed = rows, min(batch_size, rows), steps, seed

    def __len__(self) -> int:
        return self.steps

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        left = np.zeros(0, np.int64)
        epoch = 0
        for _ in range(self.steps):
            if len(left) < self.size:
                order = np.random.default_rng([self.seed, epoch]).permutation(self.rows)
                repeats = np.isin(order, left)
                # Rows still waiting from the last epoch move behind the first ones of this epoch.
                fresh = order[~repeats]
                need = self.size - len(left)
                rest = order[~np.isin(order, fresh[:need])]
                left = np.concatenate([left, fresh[:need], rest])
                epoch += 1
            yield left[: self.size]
            left = left[self.size :]


class Batches:
    """Rows that answer for a whole batch at once: `{"input_ids", "supervised"}`, both (rows, longest), right padded.

    `supervised` is bool, True where the token is to be predicted from those before it. No attention mask: padding
    stands on the right, where a causal model's real tokens do not see it.
    """

    def __init__(self, rows: Sequence[Row], pad: int, accounting: Accounting) -> None:
        self._ids = np.concatenate([row.ids for row in rows]).astype(np.int64)
        self._mask = np.concatenate([row.mask for row in rows])
        self._lengths = np.array([len(row) for row in rows], np.int64)
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._pad, self.accounting = pad, accounting

    def __len__(self) -> int:
        return len(self._lengths)

    def __getitems__(self, indices: NDArray[np.int64]) -> dict[str, Tensor]:
        import torch

        lengths = self._lengths[indices]
        longest = int(lengths.max())
        offsets = np.arange(longest)
        real = offsets < lengths[:, None]
        at = np.where(real, self._starts[indices][:, None] + offsets, 0)
        ids = np.where(real, self._ids[at], self._pad)
        supervised = self._mask[at] & real
        supervised[:, 0] = False
        counts = self.accounting
        counts.real += int(lengths.sum())
        counts.padding += real.size - int(lengths.sum())
        counts.supervised += int(supervised.sum())
        return {"input_ids": torch.from_numpy(ids), "supervised": torch.from_numpy(supervised)}


def proof(tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row], count: int = 3) -> list[dict[str, Any]]:
    """What a few rows teach, decoded: for a person to read, and to be sure that it is the answers and their end."""
    return [
        {
            "id": row.id,
            "tokens": len(row),
            "supervised_tokens": int(row.mask.sum()),
            "text": tokenizer.decode(row.ids.tolist()),
            "supervised": [tokenizer.decode(span.tolist()) for span in _spans(row)],
            "end_token": tokenizer.convert_ids_to_tokens(int(row.ids[np.flatnonzero(row.mask)[-1]])),
        }
        for row in rows[:count]
    ]


def _spans(row: Row) -> list[NDArray[np.int32]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], row.mask, [False]]).astype(np.int8)))
    return [row.ids[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
