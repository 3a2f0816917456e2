"""The long table: what goes in, what comes back from run folders and CSV, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyze.scores import Key, as_scores
from analyze.simulate import flat_world, planned, simulate
from analyze.table import COLUMNS, from_predictions, read_results
from schemas.errors import BadData, MissingFile
from schemas.results import Cell


def predictions(items: int = 3) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "item": [f"i{k}" for k in range(items)],
            "ability": ["math"] * items,
            "score": [1.0, 0.0, 1.0][:items],
            "chance": [0.0] * items,
            "bits": [1.5, 2.5, 2.0][:items],
            "margin": [None] * items,
            "nll": [1.0] * items,
        }
    )


def cell(n: int, seed: int = 1, mix: str = "uniform", **counts: int) -> Cell:
    return Cell(
        base="A", parameters=77, origin="human", mix="base" if n == 0 else mix, n=n, seed=seed, counts=counts
    )


def write_run(root: Path, name: str, of: Cell, *, finished: bool = True) -> None:
    folder = root / "runs" / f"evaluate-{name}"
    folder.mkdir(parents=True)
    (folder / "cell.json").write_text(of.model_dump_json(), encoding="utf-8")
    for split in ("validation", "test"):
        predictions().to_parquet(folder / f"{split}.parquet")
    if finished:
        (folder / "manifest.json").write_text(json.dumps({}), encoding="utf-8")


def test_run_folders_are_read_and_unfinished_ones_left(tmp_path: Path) -> None:
    write_run(tmp_path, "0", cell(0))
    write_run(tmp_path, "1", cell(4, math=3))
    write_run(tmp_path, "2", cell(16), finished=False)
    table = read_results(tmp_path)
    assert list(table.columns) == list(COLUMNS)
    assert sorted(table["n"].unique()) == [0, 4]
    assert table.loc[table["n"] == 4, "n_ability"].unique().tolist() == [3]
    assert set(table["split"]) == {"validation", "test"}
    pd.testing.assert_frame_equal(read_results(tmp_path / "runs"), table)


def test_what_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no finished evaluation"):
        read_results(tmp_path)
    write_run(tmp_path, "0", cell(0))
    (tmp_path / "runs" / "evaluate-0" / "test.parquet").write_bytes(b"broken")
    with pytest.raises(BadData):
        read_results(tmp_path)
    with pytest.raises(BadData, match="lack the column 'score'"):
        from_predictions([(cell(0), "test", predictions().drop(columns="score"))])
    with pytest.raises(BadData, match="no predictions"):
        from_predictions([])


def test_single_source_cells_draw_one_ability_only() -> None:
    table = from_predictions([(cell(64, mix="single:code"), "test", predictions())])
    assert table["n_ability"].tolist() == [0, 0, 0]
    table = from_predictions([(cell(64, mix="single:math"), "test", predictions())])
    assert table["n_ability"].tolist() == [64, 64, 64]


def test_arrays_are_aligned_by_item() -> None:
    shuffled = predictions().sample(frac=1, random_state=1)
    table = from_predictions([(cell(0), "test", predictions()), (cell(4), "test", shuffled)])
    scores = as_scores(table, "test")
    values = scores.values["math"]
    assert values[Key("A", "human", "base", 0, 1)].tolist() == [1, 0, 1]
    assert values[Key("A", "human", "uniform", 4, 1)].tolist() == [1, 0, 1]
    assert as_scores(table, "test", "bits").values["math"][Key("A", "human", "base", 0, 1)].tolist() == [
        1.5,
        2.5,
        2.0,
    ]


def test_items_missing_somewhere_are_left_out_and_named() -> None:
    table = from_predictions([(cell(0), "test", predictions()), (cell(4), "test", predictions(2))])
    scores = as_scores(table, "test")
    assert len(next(iter(scores.values["math"].values()))) == 2
    assert scores.missing == ("math: 1 of 3 items lack a score in some checkpoint",)


def test_repeated_rows_and_empty_splits_are_refused() -> None:
    one = (cell(0), "test", predictions())
    with pytest.raises(BadData, match="appears twice"):
        as_scores(from_predictions([one, one]), "test")
    with pytest.raises(BadData, match="no validation rows"):
        as_scores(from_predictions([one]), "validation")


def test_a_csv_of_other_results(tmp_path: Path) -> None:
    world = flat_world(2)
    table = simulate(world, np.random.default_rng(0), planned(world, n=(0, 4)), {"test": 5})
    path = tmp_path / "results.csv"
    table[["base", "origin", "n", "seed", "ability", "item", "score"]].to_csv(path, index=False)
    read = read_results(path)
    assert read["mix"].unique().tolist() == ["base", "uniform"]
    assert read["score"].tolist() == table["score"].tolist()
    path.write_text("base,origin,n,seed,ability,item,score\nA,human,0,1,math,i,50\n", encoding="utf-8")
    with pytest.raises(BadData, match=r"score 50\.0 is outside 0 to 1"):
        read_results(path)
    path.write_text("base,origin\nA,human\n", encoding="utf-8")
    with pytest.raises(BadData, match="no column 'n'"):
        read_results(path)


def test_an_unlabelled_arm_goes_by_the_n_that_was_asked_for() -> None:
    arm = Cell(
        base="A", parameters=1, origin="synthetic", mix="uniform", n=4, seed=1, counts={"unlabelled": 40}
    )
    table = from_predictions([(cell(0), "test", predictions()), (arm, "test", predictions())])
    scores = as_scores(table, "test")
    assert scores.drawn["math"][Key("A", "synthetic", "uniform", 4, 1)] == 0
    assert scores.effective("math", "A", "synthetic", 4) == 4.0
