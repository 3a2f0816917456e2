"""What `python -m analyze complexity` and `transference` do."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import BadData, BadSpec, ExitCode, MissingFile
from schemas.instance import UNLABELLED, Instance
from schemas.text_table import text_table

if TYPE_CHECKING:
    import pandas as pd

    from schemas.results import TransferCheck, TransferMatrix


def complexity(arguments: Namespace) -> int:
    """The Complexity profile of every ability of a file of validation items."""
    from analyze.commands_evaluate import read_items
    from analyze.complexity import complexity as profile
    from inference.local import LocalModel

    items = read_items(arguments.items)
    table = _results(arguments.results)
    if table is not None and arguments.base:
        table = table[table["base"] == arguments.base]
    rows = profile(LocalModel.load(arguments.model), items, table)
    if arguments.json:
        print(json.dumps([r.model_dump(mode="json") for r in rows], ensure_ascii=False))
        return ExitCode.OK
    cells = [
        (
            r.ability,
            f"{r.bits_per_character:.3f}",
            _number(r.few_shot_bits_per_character),
            f"{r.instruction_following_difficulty:.3f}",
            f"{r.gap:.3f}",
            _number(r.low_resource_area),
        )
        for r in rows
    ]
    header = ("ability", "C1 bits/char", "4-shot", "C2 PPL(y|x)/PPL(y)", "C3 gap", "C4 low-resource area")
    print(text_table(header, cells, right=range(1, 6)))
    print("\nThese definitions are abilitymix's own, not the paper's.")
    return ExitCode.OK


def transference(arguments: Namespace) -> int:
    """Matrices of the asked estimators on a pool, and with results the check against trained Transference."""
    from analyze.transference.base import find_estimator
    from analyze.transference.describe import SHOWN, describe, left_out
    from schemas.study import TransferenceSpec
    from schemas.toml import parse_spec

    names = tuple(dict.fromkeys(arguments.estimator or SHOWN))
    encoder = str(arguments.encoder or arguments.base or "")
    if not encoder and any(find_estimator(n).needs == "embeddings" for n in names):
        raise BadSpec("no encoder", where="--encoder", do="name one, or a base model's folder with --base")
    if arguments.items < 2:
        raise BadSpec("fewer than 2 items say nothing", where="--items", do="give a larger number")
    pool = read_pool(arguments.pool)
    if few := left_out(pool):
        print(f"left out, with fewer than two instances: {', '.join(few)}", file=sys.stderr)
    values = {"items": arguments.items, "permutations": arguments.permutations}
    spec = parse_spec(values, TransferenceSpec, "arguments")
    matrices, checks = describe(pool, encoder, _results(arguments.results), spec, arguments.runs_of, names)
    if arguments.json:
        dumped = {
            "matrices": [m.model_dump(mode="json") for m in matrices],
            "checks": [c.model_dump(mode="json") for c in checks],
        }
        print(json.dumps(dumped, ensure_ascii=False))
        return ExitCode.OK
    print("\n\n".join(_matrix_text(m) for m in matrices))
    if checks:
        print("\n" + _checks_text(checks))
    print("\nThese definitions are abilitymix's own, not the paper's.")
    return ExitCode.OK


def read_pool(path: Path) -> dict[str, list[Instance]]:
    """Ability -> instances of a file, or of `train.jsonl` in a pool's folder; unlabelled rows are left out.

    Raises:
        MissingFile: no such file, or no `train.jsonl` in the folder.
        BadData: a broken row, or fewer than two abilities with two instances or more.
    """
    from schemas.jsonl import read_models

    file = path / "train.jsonl" if path.is_dir() else path
    if not file.exists():
        raise MissingFile("no such pool", where=str(file), do="name a file of instances or a pool's folder")
    pool: dict[str, list[Instance]] = {}
    for row in read_models(file, Instance):
        if row.ability != UNLABELLED:
            pool.setdefault(row.ability, []).append(row)
    usable = [a for a, rows in pool.items() if len(rows) > 1]
    if len(usable) < 2:
        raise BadData(
            f"{len(usable)} labelled abilities with two instances or more; Transference is between two or more",
            where=str(file),
            do="name a pool of several abilities",
        )
    return pool


def _results(path: Path | None) -> pd.DataFrame | None:
    if path is None:
        return None
    from analyze.table import read_results

    return read_results(path)


def _matrix_text(matrix: TransferMatrix) -> str:
    from analyze.transference.base import top_pairs

    header = ("source \\ target", *matrix.abilities)
    rows = [
        (ability, *(_number(v) for v in values))
        for ability, values in zip(matrix.abilities, matrix.values, strict=True)
    ]
    table = text_table(header, rows, right=range(1, len(header)))
    best = "\n".join(f"  {j} -> {i}  {value:.3f}" for j, i, value in top_pairs(matrix))
    agreement = (
        "" if matrix.seed_agreement is None else f"; seeds agree to {matrix.seed_agreement:.2f} (Spearman)"
    )
    return f"{matrix.estimator}: {matrix.unit}{agreement}\n{table}\ntop pairs\n{best}"


def _checks_text(checks: Sequence[TransferCheck]) -> str:
    header = ("estimator", "target", "pairs", "rho", "p", "p max", "rho | control", "p | control", "regret")
    rows = [
        (
            c.estimator,
            c.target,
            str(c.pairs),
            f"{c.spearman:+.2f}",
            f"{c.p:.3f}",
            _number(c.p_max),
            _number(c.partial, "+.2f"),
            _number(c.partial_p),
            _number(c.regret, ".2f"),
        )
        for c in checks
    ]
    return "against trained Transference\n" + text_table(header, rows, right=range(2, len(header)))


def _number(value: float | None, form: str = ".3f") -> str:
    return "-" if value is None else format(value, form)
