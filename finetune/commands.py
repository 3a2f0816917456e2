"""The commands of `python -m finetune`: read files, call the room's functions, fill a run folder, print the answer."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.canonical import hash_file
from schemas.errors import BadData, BadSpec, EmptySplit, MissingFile
from schemas.instance import Instance, Origin
from schemas.jsonl import read_models, write_atomic, write_jsonl
from schemas.progress import rendered
from schemas.runs import Run, locked, made_in, model_folder
from schemas.specs import BaseSpec, MixSpec, TrainFile
from schemas.textfile import read_text
from schemas.toml import load_spec


def mix_command(arguments: Namespace) -> None:
    from finetune.mix import Key, draw

    spec = load_spec(arguments.spec, MixSpec, arguments.set)
    pools: dict[Key, list[Instance]] = {}
    inputs: dict[str, str] = {}
    for text in arguments.pool:
        origin, path = _pool(text)
        inputs[f"{origin} {path.name}"] = hash_file(path)
        for row in read_models(path, Instance):
            if row.origin != origin:
                raise BadData(
                    f"instance {row.id[:12]} is {row.origin}, the pool is said to be {origin}",
                    where=str(path),
                    do=f"write --pool {row.origin}={path}",
                )
            pools.setdefault((row.ability, origin), []).append(row)
    run = Run(arguments.out, "mix", spec, inputs)
    with locked(_lock(run)):
        if not run.done:
            mix = draw(spec, pools)  # before the folder is made: most mistakes show here
            folder = run.begin()
            write_jsonl(folder / "rows.jsonl", mix.rows)
            counts = [
                {"ability": a, "origin": o, "rows": n, "available": mix.available[(a, o)]}
                for (a, o), n in mix.counts.items()
            ]
            shown = {"name": mix.name, "rows": len(mix.rows), "hash": mix.hash, "counts": counts}
            write_atomic(folder / "counts.json", json.dumps(shown, ensure_ascii=False, indent=1))
            run.finish(seed=spec.seed, rows=len(mix.rows), mix=mix.hash)
    found = _read(run.path / "counts.json")
    for row in found["counts"]:
        print(
            f"{row['ability']:<24}{row['origin']:<11}{row['rows']:>8,} of {row['available']:,}",
            file=sys.stderr,
        )
    print(f"{found['rows']:,} rows", file=sys.stderr)
    _answer(arguments, run, found | {"file": str(run.path / "rows.jsonl")})


def base_command(arguments: Namespace) -> None:
    spec = load_spec(arguments.spec, BaseSpec, arguments.set)
    if not arguments.text:
        raise BadSpec("no pretraining text", where="--text", do="name one or more UTF-8 text files")
    inputs = {f"text {i} {p.name}": hash_file(_file(p)) for i, p in enumerate(arguments.text)}
    inputs |= {f"alphabet {i} {p.name}": hash_file(_file(p)) for i, p in enumerate(arguments.alphabet)}
    run = Run(arguments.out, "base", spec, inputs)
    with locked(_lock(run)):
        if not run.done:
            from finetune.base import make_base

            corpus = [read_text(p) for p in arguments.text]
            with rendered() as progress:
                path = make_base(spec, corpus, _alphabet(arguments.alphabet), run.begin() / "model", progress)
            run.finish(seed=spec.seed, parameters=_read(path / "pretraining.json")["parameters"])
    notes = _read(run.path / "model" / "pretraining.json")
    print(
        f"base {spec.name}: {notes['parameters']:,} parameters, vocabulary {notes['vocabulary']:,}, "
        f"{notes['characters']:,} characters, loss {notes['loss'][0]:.3f} -> {notes['loss'][-1]:.3f}",
        file=sys.stderr,
    )
    _answer(
        arguments, run, {k: v for k, v in notes.items() if k != "spec"} | {"model": str(run.path / "model")}
    )


def train_command(arguments: Namespace) -> None:
    file = _found(load_spec(arguments.spec, TrainFile, arguments.set))
    inputs = {"mix": hash_file(_file(file.mix))}
    if file.validation is not None:
        inputs["validation"] = hash_file(_file(file.validation))
    folder = Path(file.base).is_dir()
    if folder:
        inputs["base"] = hash_file(Path(file.base))
    settings = {
        "base": Path(file.base).name if folder else file.base,
        "train": file.train.model_dump(mode="json"),
    }
    run = Run(file.out, "train", settings, inputs)
    with locked(_lock(run)):
        if not run.done:
            _train(file, run)
    found = _read(run.path / "training.json")
    counts = found["tokens"]
    validation = "" if found["validation"] is None else f", validation loss {-found['validation']:.4f}"
    left_out = f" ({counts['dropped']} dropped as overlong)" if counts["dropped"] else ""
    print(
        f"kept step {found['best_step']} of {found['steps']}{validation}; "
        f"{counts['rows']:,} rows{left_out}; tokens fed {counts['real']:,}, of these supervised "
        f"{counts['supervised']:,}, padding beside them {counts['padding']:,}",
        file=sys.stderr,
    )
    _answer(arguments, run, found | {"checkpoint": str(run.path / "checkpoint")})


def _found(file: TrainFile) -> TrainFile:
    """The same with what run folders hold in their place. Raises BadSpec where one holds several runs."""
    return file.model_copy(
        update={"base": model_folder(file.base), "mix": made_in(file.mix, "mix", "generate")}
    )


def _train(file: TrainFile, run: Run) -> None:
    from finetune.train import train
    from inference.loading import check_folder

    check_folder(file.base)  # says what a model folder lacks before anything slow is loaded
    rows = _instances(file.mix)
    validation = _instances(file.validation) if file.validation is not None else []
    with rendered() as progress:
        trained = train(
            file.base, rows, file.train, run.begin(), progress=progress, validation=validation, label=run.id
        )
    for moment in trained.history:
        run.log(step=moment.step, loss=moment.loss, validation=moment.validation)
    run.finish(seed=file.train.seed, device=str(trained.model.model.device), **trained.summary())


def _instances(path: Path) -> list[Instance]:
    rows = list(read_models(path, Instance))
    if not rows:
        raise EmptySplit("the file holds no instance", where=str(path), do="name another file")
    return rows


def _pool(text: str) -> tuple[Origin, Path]:
    origin, equals, path = text.partition("=")
    if not equals or not path:
        raise BadSpec(f"cannot read {text!r}", where="--pool", do="write human=FILE or synthetic=FILE")
    if origin == "human":
        return "human", _file(made_in(Path(path), "mix"))
    if origin == "synthetic":
        return "synthetic", _file(made_in(Path(path), "generate"))
    raise BadSpec(f"unknown origin {origin!r}", where="--pool", do="write human=FILE or synthetic=FILE")


def _file(path: Path) -> Path:
    if not path.is_file():
        raise MissingFile("no such file", where=str(path), do="check the path")
    return path


def _alphabet(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        if path.suffix != ".jsonl":
            yield read_text(path)
            continue
        for row in read_models(path, Instance):
            yield from (m.content for m in row.messages)
            yield from (d.text for d in row.distractors)


def _lock(run: Run) -> Path:
    # Not the run folder itself, which `begin` empties.
    return run.path.parent / ".locks" / run.id


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _answer(arguments: Namespace, run: Run, found: Mapping[str, Any]) -> None:
    """The run folder on stdout, or everything as JSON."""
    if arguments.json:
        print(json.dumps({"run": str(run.path), **found}, ensure_ascii=False))
    else:
        print(run.path)
