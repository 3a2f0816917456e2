"""What `python -m analyze evaluate`, `score` and `show` do."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.canonical import hash_file
from schemas.errors import BadData, ExitCode, MissingFile
from schemas.instance import Instance
from schemas.jsonl import read_models, write_atomic
from schemas.runs import Run, locked
from schemas.specs import EvalSpec
from schemas.terminal import one_line, visible
from schemas.text_table import text_table
from schemas.toml import load_spec

if TYPE_CHECKING:
    from analyze.summary import AbilityScore
    from schemas.results import Prediction

PREDICTIONS = "predictions.parquet"
# Not `evaluate-*`: those folders are a study's, know their mix and n, and are read as its results.
VERB = "predict"


def evaluate(arguments: Namespace) -> int:
    """Predict and score; a finished evaluation of the same model, items and settings is read, not redone."""
    spec = _settings(arguments)
    items = read_items(arguments.items)
    run = Run(
        arguments.out,
        VERB,
        spec,
        {"model": _model_hash(arguments.model), "items": hash_file(arguments.items)},
    )
    with locked(arguments.out):
        if not run.done:
            _evaluate_to(run, arguments.model, items, spec)
    predictions = read_predictions(run.path)
    _print(predictions, arguments.json, str(run.path / PREDICTIONS))
    return ExitCode.OK


def score(arguments: Namespace) -> int:
    """Parse and score stored predictions again; needs neither the model nor torch."""
    from analyze.score import rescore

    predictions = read_predictions(arguments.predictions)
    if arguments.items is not None:
        predictions = rescore(predictions, read_items(arguments.items), _settings(arguments))
    _print(predictions, arguments.json)
    return ExitCode.OK


def show(arguments: Namespace) -> int:
    """Print one item's prompt, gold response, reply, parse and score."""
    from analyze.score import rescore

    items = {i.id: i for i in read_items(arguments.items)}
    found = [p for p in read_predictions(arguments.predictions) if p.item.startswith(arguments.item)]
    if len(found) != 1:
        what = f"{len(found)} items begin with" if found else "no item begins with"
        raise BadData(f"{what} {arguments.item!r}", do="give more of its id, or one that was evaluated")
    [prediction] = rescore(found, items.values(), _settings(arguments))
    item = items[prediction.item]
    if arguments.json:
        value = {"item": item.model_dump(mode="json"), "prediction": prediction.model_dump(mode="json")}
        print(json.dumps({**value, "parsed": _parsed(item, prediction)}, ensure_ascii=True))
        return ExitCode.OK
    print("\n".join(_shown(item, prediction)))
    return ExitCode.OK


def read_items(path: Path) -> list[Instance]:
    """Raises MissingFile, or BadData for a broken or empty file."""
    items = list(read_models(path, Instance))
    if not items:
        raise BadData("there are no items in this file", where=str(path), do="name a file of instances")
    return items


def read_predictions(path: Path) -> list[Prediction]:
    """From a parquet file, from the folder of one evaluation, or from a folder that holds exactly one.

    Raises:
        MissingFile: nothing there; BadData: several evaluations, or a file that is no table of predictions.
    """
    import pandas as pd

    from analyze.score import from_frame

    file = path
    if path.is_dir():
        found = [path] if (path / PREDICTIONS).is_file() else sorted(p.parent for p in path.glob(_FINISHED))
        if len(found) > 1:
            names = ", ".join(p.name for p in found)
            raise BadData(f"several evaluations here ({names})", where=str(path), do="name one of them")
        file = found[0] / PREDICTIONS if found else path / PREDICTIONS
    if not file.is_file():
        raise MissingFile("no predictions here", where=str(path), do="run `python -m analyze evaluate` first")
    try:
        frame = pd.read_parquet(file)
    except (ValueError, OSError) as error:
        reason = one_line(str(error), 120)
        raise BadData(
            f"not a table of predictions ({reason})", where=str(file), do="evaluate again"
        ) from None
    return from_frame(frame)


_FINISHED = f"{VERB}-*/manifest.json"


def _evaluate_to(run: Run, path: str, items: Sequence[Instance], spec: EvalSpec) -> None:
    from analyze.score import Items, predict, to_frame
    from analyze.summary import summarize
    from inference.local import LocalModel

    prepared = Items(items)  # before the model loads: a bad item costs no waiting
    model = LocalModel.load(path)
    folder = run.begin()
    predictions = predict(model, prepared, spec)
    temporary = folder / f".{PREDICTIONS}.tmp"
    try:
        to_frame(predictions).to_parquet(temporary)
        temporary.replace(folder / PREDICTIONS)
    finally:
        temporary.unlink(missing_ok=True)
    rows = [r.model_dump(mode="json") for r in summarize(predictions)]
    write_atomic(folder / "scores.json", json.dumps(rows, ensure_ascii=False, indent=1))
    run.finish(device=str(model.model.device), model=model.name, fingerprint=model.fingerprint)


def _settings(arguments: Namespace) -> EvalSpec:
    return load_spec(arguments.spec, EvalSpec, arguments.set)


def _model_hash(path: str) -> str:
    folder = Path(path)
    return hash_file(folder) if folder.is_dir() else path


def _print(predictions: Sequence[Prediction], as_json: bool, place: str = "") -> None:
    from analyze.summary import summarize

    rows = summarize(predictions)
    if as_json:
        value = {"predictions": place, "scores": [r.model_dump(mode="json") for r in rows]}
        print(json.dumps(value, ensure_ascii=False))
        return
    print(text_table(_HEADER, [_cells(r) for r in rows], right=range(1, len(_HEADER))))
    if place:
        print(f"\npredictions: {one_line(place)}")


_HEADER = ("ability", "items", "score", "95 % interval", "chance", "bits/char", "margin")


def _cells(row: AbilityScore) -> tuple[str, ...]:
    return (
        row.ability,
        str(row.items),
        f"{row.score:.3f}",
        f"{row.interval.low:.3f} to {row.interval.high:.3f}",
        f"{row.chance:.3f}",
        f"{row.bits:.2f}",
        "" if row.margin is None else f"{row.margin:+.3f}",
    )


def _parsed(item: Instance, prediction: Prediction) -> str | None:
    from schemas.forms import form_of

    if prediction.reply is None:
        return None
    return form_of(item.form).parse(prediction.reply, item.choices)


def _shown(item: Instance, prediction: Prediction) -> list[str]:
    """Lines for a terminal. The texts come from data and models: whatever could move the cursor is spelt out."""
    lines = [
        f"item     {item.id}",
        f"ability  {item.ability} ({item.form})",
        f"source   {one_line(item.source.name)} {one_line(item.source.row)}",
    ]
    for message in item.prompt:
        lines += ["", f"[{message.role}]", visible(message.content, keep="\n")]
    lines += ["", "[gold response]", visible(item.response, keep="\n")]
    lines += [f"  {prediction.nll:.3f} nats, {prediction.tokens} tokens, PPL {_ppl(prediction):.3f}"]
    distractors = zip(item.distractors, prediction.distractor_nll, prediction.distractor_tokens, strict=True)
    for number, (distractor, nll, tokens) in enumerate(distractors, 1):
        kind = f", {distractor.kind}" if distractor.kind else ""
        lines += ["", f"[distractor {number}{kind}]", visible(distractor.text, keep="\n")]
        lines += [f"  {nll:.3f} nats, {tokens} tokens, PPL {_safe_exp(nll / tokens):.3f}"]
    if prediction.reply is not None:
        parsed = _parsed(item, prediction)
        read = "no answer found" if parsed is None else one_line(parsed)
        lines += ["", "[reply]", visible(prediction.reply, keep="\n")]
        lines += ["", f"parsed   {read}", f"gold     {one_line(item.answer)}"]
    elif not item.distractors:
        says = "is" if prediction.greedy else "is not"
        lines += ["", f"greedy   the gold response {says} what greedy decoding gives"]
    return [*lines, "", f"score    {prediction.score:g} (chance {prediction.chance:.3f})"]


def _ppl(prediction: Prediction) -> float:
    return _safe_exp(prediction.nll / prediction.tokens)


def _safe_exp(value: float) -> float:
    import math

    return math.exp(min(value, 700.0))
