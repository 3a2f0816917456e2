"""From a checkpoint and items to predictions, scores and their table. Only `predict` touches a model.

Exact-match forms count if greedy decoding would give exactly the gold response, which one teacher-forced pass tells;
forms listed in `EvalSpec.generate` are generated and parsed instead. Open and code items count if the gold response's
perplexity is below that of every distractor (a tie is 0).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

from schemas.canonical import sha256_of
from schemas.errors import BadData
from schemas.forms import form_of
from schemas.instance import Instance
from schemas.results import Prediction
from schemas.specs import EvalSpec

if TYPE_CHECKING:
    import pandas as pd

    from inference.local import Encoded, LocalModel, LogLikelihood

COLUMNS = (
    "item",
    "ability",
    "form",
    "nll",
    "tokens",
    "characters",
    "greedy",
    "distractor_nll",
    "distractor_tokens",
    "reply",
    "score",
    "chance",
    "bits",
    "margin",
)


class Items(Sequence[Instance]):
    """Evaluation items with their token ids, encoded once per tokenizer: many checkpoints share one.

    Args:
        instances: the items, each id once.
        tokenizer: encode for it now; otherwise at the first `encoded`.

    Raises:
        BadData: an open or code item without distractors, or an item that is there twice; it is named.
    """

    def __init__(self, instances: Iterable[Instance], tokenizer: Any = None) -> None:
        self.instances = tuple(instances)
        self._encoded: dict[str, list[Encoded]] = {}
        self._keys: dict[int, tuple[Any, str]] = {}
        seen: set[str] = set()
        for item in self.instances:
            if item.id in seen:
                raise BadData("this item is there twice", where=name_of(item), do="remove one of them")
            seen.add(item.id)
            if form_of(item.form).scoring == "distractors" and not item.distractors:
                raise BadData(
                    f"a {item.form} item without distractors can't be scored",
                    where=name_of(item),
                    do="give it distractors or leave it out",
                )
        self.chance = tuple(form_of(i.form).chance(i) for i in self.instances)
        if tokenizer is not None:
            self.encoded(tokenizer)

    def __len__(self) -> int:
        return len(self.instances)

    def __getitem__(self, index: Any) -> Any:
        return self.instances[index]

    def __iter__(self) -> Iterator[Instance]:
        return iter(self.instances)

    def encoded(self, tokenizer: Any) -> list[Encoded]:
        """Every item's gold response followed by its distractors, as ids of `tokenizer`."""
        from inference.chat import Pair, encode_pairs

        key = self._key(tokenizer)
        if key not in self._encoded:
            self._encoded[key] = encode_pairs(
                tokenizer,
                [
                    Pair(item.prompt, response, name_of(item))
                    for item in self.instances
                    for response in (item.response, *(d.text for d in item.distractors))
                ],
            )
        return self._encoded[key]

    def _key(self, tokenizer: Any) -> str:
        """What the tokenizer is, not which object: each checkpoint brings its own copy of the same one."""
        known = self._keys.get(id(tokenizer))
        if known is None or known[0] is not tokenizer:
            backend = getattr(tokenizer, "backend_tokenizer", None)
            core = backend.to_str() if backend is not None else sorted(tokenizer.get_vocab().items())
            self._keys = {id(tokenizer): (tokenizer, sha256_of([core, str(tokenizer.chat_template)]))}
        return self._keys[id(tokenizer)][1]


def predict(
    model: LocalModel,
    items: Sequence[Instance],
    spec: EvalSpec | None = None,
    cache: MutableMapping[str, Items] | None = None,
) -> list[Prediction]:
    """One prediction an item, in the order given.

    Args:
        items: `Items` keep their token ids between calls; a plain sequence is encoded anew.
        cache: a dict that the caller keeps, so that equal plain sequences are encoded once.

    Raises:
        BadData: an item that can't be scored or does not fit the model's positions; it is named.
    """
    spec = spec or EvalSpec()
    prepared = _prepared(items, cache)
    found = model.loglikelihood(prepared.encoded(model.tokenizer), spec.batch_tokens)
    replies = _replies(model, prepared, spec)
    out, at = [], 0
    for k, item in enumerate(prepared.instances):
        gold, *others = found[at : at + 1 + len(item.distractors)]
        at += 1 + len(item.distractors)
        out.append(_prediction(item, gold, others, replies.get(k), prepared.chance[k], spec))
    return out


def _prepared(items: Sequence[Instance], cache: MutableMapping[str, Items] | None) -> Items:
    if isinstance(items, Items):
        return items
    if cache is None:
        return Items(items)
    key = sha256_of([i.id for i in items])
    if key not in cache:
        cache[key] = Items(items)
    return cache[key]


def _replies(model: LocalModel, items: Items, spec: EvalSpec) -> dict[int, str]:
    wanted = [k for k, item in enumerate(items.instances) if item.form in spec.generate]
    if not wanted:
        return {}
    found = model.generate([items.instances[k].prompt for k in wanted], spec.max_new_tokens)
    return {k: reply.text for k, reply in zip(wanted, found, strict=True)}


def _prediction(
    item: Instance,
    gold: LogLikelihood,
    others: Sequence[LogLikelihood],
    reply: str | None,
    chance: float,
    spec: EvalSpec,
) -> Prediction:
    return _scored(
        item,
        Prediction(
            item=item.id,
            ability=item.ability,
            form=item.form,
            nll=gold.nll,
            tokens=gold.tokens,
            characters=len(item.response),
            greedy=gold.greedy,
            distractor_nll=tuple(o.nll for o in others),
            distractor_tokens=tuple(o.tokens for o in others),
            reply=reply,
            score=0.0,
            chance=chance,
        ),
        spec,
    )


def score_of(item: Instance, prediction: Prediction, spec: EvalSpec) -> float:
    """1 or 0, from what a prediction holds: no model is needed to score again."""
    form = form_of(item.form)
    if form.scoring == "distractors":
        by_token = spec.normalize == "token"
        own = prediction.nll / (prediction.tokens if by_token else 1)
        others = (
            nll / (tokens if by_token else 1)
            for nll, tokens in zip(prediction.distractor_nll, prediction.distractor_tokens, strict=True)
        )
        # A NaN loses every comparison, so that a broken model scores 0.
        return float(all(own < other for other in others))
    if prediction.reply is not None:
        return float(form.compare(form.parse(prediction.reply, item.choices), item.answer))
    return float(prediction.greedy)


def rescore(
    predictions: Sequence[Prediction], items: Iterable[Instance], spec: EvalSpec | None = None
) -> list[Prediction]:
    """The same predictions with scores and chances made anew from the items and settings.

    Raises BadData for a prediction whose item is not among `items`, or that lacks its item's distractors.
    """
    known = {i.id: i for i in items}
    out = []
    for prediction in predictions:
        item = known.get(prediction.item)
        if item is None:
            raise BadData(
                f"the item {prediction.item[:12]}… of a prediction is not among the items",
                do="name the file that was evaluated",
            )
        if len(prediction.distractor_nll) != len(item.distractors):
            raise BadData(
                "the prediction has another number of distractors", where=name_of(item), do="evaluate again"
            )
        chance = form_of(item.form).chance(item)
        out.append(_scored(item, prediction.model_copy(update={"chance": chance}), spec or EvalSpec()))
    return out


def _scored(item: Instance, prediction: Prediction, spec: EvalSpec) -> Prediction:
    return prediction.model_copy(update={"score": score_of(item, prediction, spec)})


def mean_score(predictions: Iterable[Prediction]) -> float:
    """Mean over abilities of the ability's mean score; NaN for no predictions."""
    by_ability: dict[str, list[float]] = {}
    for prediction in predictions:
        by_ability.setdefault(prediction.ability, []).append(prediction.score)
    means = [math.fsum(scores) / len(scores) for scores in by_ability.values()]
    return math.fsum(means) / len(means) if means else math.nan


def to_frame(predictions: Iterable[Prediction]) -> pd.DataFrame:
    """One row a prediction with `COLUMNS`; `bits` per character of the gold response, `margin` NaN without any."""
    import pandas as pd

    rows = [{**p.model_dump(), "bits": p.bits_per_character, "margin": p.margin} for p in predictions]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["margin"] = frame["margin"].astype("float64")
    frame["reply"] = frame["reply"].astype("object")
    return frame


def from_frame(frame: pd.DataFrame) -> list[Prediction]:
    """Undo `to_frame`. Raises BadData for a table that lacks a column."""
    missing = [c for c in Prediction.model_fields if c not in frame.columns]
    if missing:
        raise BadData(f"predictions lack the column {missing[0]!r}", do="evaluate the checkpoint again")
    fields = list(Prediction.model_fields)
    rows = []
    for values in zip(*(frame[f].tolist() for f in fields), strict=True):
        row = dict(zip(fields, values, strict=True))
        row["distractor_nll"] = tuple(float(v) for v in row["distractor_nll"])
        row["distractor_tokens"] = tuple(int(v) for v in row["distractor_tokens"])
        row["reply"] = row["reply"] if isinstance(row["reply"], str) else None
        rows.append(Prediction.model_validate(row))
    return rows


def name_of(item: Instance) -> str:
    """How an error names an item: ability, beginning of the id, source row."""
    return f"{item.ability} item {item.id[:12]} ({item.source.name} {item.source.row})"
