"""Transference of a pool through a real encoder, its command, and the check with planted runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyze.__main__ import COMMANDS
from analyze.commands_transfer import read_pool
from analyze.transference.base import as_array
from analyze.transference.describe import SHOWN, describe
from schemas.cli import main
from schemas.errors import BadData, ExitCode
from schemas.instance import Instance
from schemas.jsonl import write_jsonl
from schemas.study import TransferenceSpec
from tests.analyze.tiny_model import item, tiny_model

ALPHABETS = {"a": "鲸蛙鱼兽", "b": "鲸蛙鱼兽", "c": "秦汉唐前", "d": "红花绿叶", "e": "早安客官"}


def pool(rows: int = 8) -> dict[str, list[Instance]]:
    """Five abilities; the first two speak of the same things."""
    generator = np.random.default_rng(0)
    out = {}
    for ability, alphabet in ALPHABETS.items():
        texts = ["".join(generator.choice(list(alphabet), size=6)) for _ in range(rows)]
        out[ability] = [item(ability, "open", f"{t[:2]}{k}", t[2:]) for k, t in enumerate(texts)]
    return out


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("encoder") / "base"
    tiny_model().model.save_pretrained(path)
    tiny_model().tokenizer.save_pretrained(path)
    return str(path)


def runs(seeds: tuple[int, ...] = (1, 2)) -> pd.DataFrame:
    """A results table in which a and b help each other and nothing else helps anything much."""
    generator = np.random.default_rng(1)
    rows: list[dict[str, object]] = []
    for mix, n in [
        ("base", 0),
        *[("uniform", 4), ("uniform", 64)],
        *[(f"single:{j}", 64) for j in ALPHABETS],
    ]:
        for seed in seeds if n else (0,):
            for i in ALPHABETS:
                helped = {"base": 0.0, "uniform": 0.5 if n == 4 else 2.0}.get(mix, 0.1)
                if mix in (f"single:{i}", *(["single:a", "single:b"] if i in "ab" else [])):
                    helped = 1.5
                rows.append(
                    {
                        "base": "A",
                        "parameters": 5,
                        "origin": "human",
                        "mix": mix,
                        "n": n,
                        "seed": seed,
                        "split": "validation",
                        "ability": i,
                        "item": f"{i}0",
                        "score": 0.5,
                        "chance": 0.25,
                        "bits": 5 - helped + 0.02 * generator.normal(),
                        "n_ability": n if mix in ("uniform", f"single:{i}") else 0,
                    }
                )
    return pd.DataFrame(rows)


def test_a_pool_alone_gives_matrices_and_no_checks(base: str) -> None:
    matrices, checks = describe(pool(), base, None)
    assert [m.estimator for m in matrices] == [*SHOWN, "control"]
    assert checks == []
    for matrix in matrices:
        values = as_array(matrix)
        assert matrix.abilities == tuple(ALPHABETS)
        assert np.isfinite(values[~np.eye(5, dtype=bool)]).all()
    mmd = as_array(matrices[0])
    assert mmd[0, 1] == np.nanmax(mmd)  # two abilities of the same words lie closest
    again, _ = describe(pool(), base, None)
    assert again == matrices


def test_with_runs_every_estimator_is_checked(base: str) -> None:
    matrices, checks = describe(pool(), base, runs(), TransferenceSpec(permutations=200), "A")
    assert [m.estimator for m in matrices] == ["trained", "effective-data", *SHOWN, "control"]
    assert {c.estimator for c in checks} == {*SHOWN, "control"}
    assert {c.target for c in checks} == {"per-target", "residual"}
    assert all(c.pairs == 20 for c in checks)
    assert (matrices[0].seed_agreement or 0) > 0
    trained = as_array(matrices[0])
    assert np.nanargmax(trained[:, 0]) == 1
    mmd = next(c for c in checks if c.estimator == "response-mmd" and c.target == "residual")
    assert mmd.p_max is not None
    assert mmd.p_max >= mmd.p


def test_a_table_without_single_source_runs_checks_nothing(base: str) -> None:
    uniform = runs()[lambda t: ~t["mix"].str.startswith("single:")]
    matrices, checks = describe(pool(), base, uniform)
    assert "trained" not in {m.estimator for m in matrices}
    assert checks == []
    with pytest.raises(BadData, match="no single-source runs"):
        describe(pool(), base, uniform, names=["trained"])


def analyze(*arguments: object) -> int:
    return main("analyze", "", COMMANDS, ["transference", *map(str, arguments)])


def test_the_command(base: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_jsonl(tmp_path / "train.jsonl", [r for rows in pool().values() for r in rows])
    assert analyze(tmp_path, "--base", base, "--items", 6) == ExitCode.OK
    shown = capsys.readouterr().out
    assert all(name in shown for name in (*SHOWN, "control", "top pairs", "not the paper's"))
    assert "a -> b" in shown
    table = tmp_path / "table.csv"
    runs().to_csv(table, index=False)
    code = analyze(
        *(tmp_path / "train.jsonl", "--encoder", base, "--estimator", "response-mmd", "--results", table),
        *("--permutations", 100, "--json"),
    )
    assert code == ExitCode.OK
    found = json.loads(capsys.readouterr().out)
    assert [m["estimator"] for m in found["matrices"]] == [
        "trained",
        "effective-data",
        "response-mmd",
        "control",
    ]
    assert len(found["checks"]) == 4
    assert analyze(tmp_path, "--estimator", "control-form") == ExitCode.OK  # needs no encoder


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["{d}/pool.jsonl"], ExitCode.BAD_SPEC, "no encoder"),
        (["{d}/none.jsonl", "--base", "x"], ExitCode.MISSING_FILE, "no such pool"),
        (
            ["{d}/one.jsonl", "--base", "x"],
            ExitCode.BAD_DATA,
            "1 labelled abilities with two instances or more",
        ),
        (["{d}/pool.jsonl", "--base", "{d}/nothing"], ExitCode.BAD_MODEL, "nothing"),
        (["{d}/pool.jsonl", "--base", "x", "--items", "1"], ExitCode.BAD_SPEC, "fewer than 2"),
        (["{d}/pool.jsonl", "--base", "x", "--estimator", "magic"], ExitCode.BAD_DATA, "known: response-mmd"),
        (["{d}/pool.jsonl", "--estimator", "trained"], ExitCode.BAD_DATA, "needs a results table"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, says: str
) -> None:
    write_jsonl(tmp_path / "pool.jsonl", [r for rows in pool(3).values() for r in rows])
    write_jsonl(tmp_path / "one.jsonl", pool(3)["a"])
    assert analyze(*(a.format(d=tmp_path) for a in arguments)) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert says in shown.err


def test_abilities_too_small_to_compare_are_left_out(base: str) -> None:
    small = pool() | {"tiny": [item("tiny", "open", "q", "早")], "unlabelled": pool()["a"]}
    matrices, checks = describe(small, base, runs(), TransferenceSpec(permutations=50), "A")
    assert matrices[-1].abilities == tuple(ALPHABETS)
    assert {c.pairs for c in checks} == {20}
    assert describe({"a": pool()["a"], "tiny": small["tiny"]}, base, None) == ([], [])


def test_a_table_without_losses_checks_nothing(base: str) -> None:
    assert describe(pool(), base, runs().assign(bits=float("nan")))[1] == []


def test_unlabelled_rows_are_no_ability(tmp_path: Path) -> None:
    rows = [r for rows in pool(2).values() for r in rows] + [item("unlabelled", "open", "q", "a")]
    write_jsonl(tmp_path / "train.jsonl", rows)
    assert list(read_pool(tmp_path)) == list(ALPHABETS)
