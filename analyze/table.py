"""The long table: one row per checkpoint, split and item. Everything the statistics know comes from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import BadData, MissingFile
from schemas.results import Cell

if TYPE_CHECKING:
    import pandas as pd

CELL = ("base", "parameters", "origin", "mix", "n", "seed")
COLUMNS = (
    *CELL,
    "split",
    "ability",
    "item",
    "score",
    "chance",
    "bits",
    "margin",
    "n_ability",
)
ITEM = ("item", "ability", "score", "chance", "bits", "margin")


def from_predictions(cells: Iterable[tuple[Cell, str, pd.DataFrame]]) -> pd.DataFrame:
    """One long table from per-checkpoint tables.

    Args:
        cells: (cell, split, frame); a frame has the columns `item, ability, score, chance, bits` (bits per character
            of the gold response) and, where there are distractors, `margin`.

    Returns:
        rows with `COLUMNS`; `n_ability` is what the cell really drew of the row's ability.

    Raises:
        BadData: a frame lacks a column, or there is no frame at all.
    """
    import pandas as pd

    frames = []
    for cell, split, frame in cells:
        missing = [c for c in ITEM if c not in frame.columns and c not in ("margin", "bits")]
        if missing:
            raise BadData(f"predictions lack the column {missing[0]!r}", do="evaluate the checkpoint again")
        out = pd.DataFrame({c: frame[c] if c in frame.columns else float("nan") for c in ITEM})
        out = out.assign(
            base=cell.base,
            parameters=cell.parameters,
            origin=cell.origin,
            mix=cell.mix,
            n=cell.n,
            seed=cell.seed,
            split=split,
            n_ability=[drawn(cell, ability) for ability in out["ability"]],
        )
        frames.append(out)
    if not frames:
        raise BadData("there are no predictions", do="evaluate at least one checkpoint")
    table = pd.concat(frames, ignore_index=True)[list(COLUMNS)]
    for column in ("score", "chance", "bits", "margin"):
        table[column] = table[column].astype("float64")
    return table


def drawn(cell: Cell, ability: str) -> int:
    """Instances of `ability` that the cell's mix really holds."""
    if ability in cell.counts:
        return cell.counts[ability]
    if cell.counts or cell.mix.startswith("single:"):
        return cell.n if cell.mix == f"single:{ability}" else 0
    return cell.n


def read_results(folder: Path) -> pd.DataFrame:
    """Read the finished evaluations of a study's folder, or every one in a folder of runs, or one `.csv` table.

    A study's folder may hold runs of earlier settings too; its `study.json` says which belong to it now.

    Raises:
        MissingFile: there is nothing finished to read.
        BadData: a file that cannot be read as predictions.
    """
    if folder.suffix == ".csv":
        return read_csv(folder)
    root = folder / "runs" if (folder / "runs").is_dir() else folder
    runs = sorted(p.parent for p in root.glob("evaluate-*/manifest.json"))
    mine = _runs_of_the_study(folder / "study.json")
    if mine is not None:
        runs = [run for run in runs if run.name in mine]
    if not runs:
        raise MissingFile(
            "no finished evaluation here", where=str(root), do="run the study, or name its folder"
        )
    return read_runs(runs)


def _runs_of_the_study(books: Path) -> set[str] | None:
    """Ids of the runs that a study is made of; None where no study keeps its books."""
    try:
        return set(json.loads(books.read_text(encoding="utf-8"))["runs"].values())
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadData("not the books of a study", where=str(books), do="run the study again") from None


def read_runs(runs: Iterable[Path]) -> pd.DataFrame:
    """Read the finished evaluations in these run folders. Raises as `read_results`."""
    return from_predictions(_frames(runs))


def _frames(runs: Iterable[Path]) -> Iterable[tuple[Cell, str, pd.DataFrame]]:
    import pandas as pd

    for run in runs:
        try:
            cell = Cell.model_validate_json((run / "cell.json").read_text(encoding="utf-8"))
            for split in ("validation", "test"):
                if (path := run / f"{split}.parquet").exists():
                    yield cell, split, pd.read_parquet(path)
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                raise MissingFile("no such file", where=str(error.filename), do="evaluate again") from None
            raise BadData("not a table of predictions", where=str(run), do="evaluate again") from None
        except ValueError as error:
            raise BadData(f"cannot be read ({error})", where=str(run), do="evaluate again") from None


def read_csv(path: Path) -> pd.DataFrame:
    """Read a table with the columns `base, origin, n, seed, ability, item, score`; the others have defaults.

    Missing columns become: parameters 1, mix `uniform` (`base` where n is 0), split `test`, chance 0.

    Raises:
        MissingFile, BadData: no file, a required column is missing, a score outside 0 to 1.
    """
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype={"item": str, "base": str, "ability": str})
    except FileNotFoundError:
        raise MissingFile("no such file", where=str(path), do="check the path") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise BadData(f"not a CSV table ({error})", where=str(path), do="mend the file") from None
    for column in ("base", "origin", "n", "seed", "ability", "item", "score"):
        if column not in table.columns:
            raise BadData(f"there is no column {column!r}", where=str(path), do="add it to the header line")
    defaults: dict[str, Any] = {
        "parameters": 1,
        "split": "test",
        "chance": 0.0,
        "bits": float("nan"),
        "margin": float("nan"),
    }
    for column, value in defaults.items():
        if column not in table.columns:
            table[column] = value
    if "mix" not in table.columns:
        table["mix"] = ["base" if n == 0 else "uniform" for n in table["n"]]
    if "n_ability" not in table.columns:
        table["n_ability"] = table["n"]
    bad = table.index[~table["score"].between(0, 1)]
    if len(bad):
        raise BadData(
            f"score {float(table['score'][bad[0]])!r} is outside 0 to 1",
            where=f"{path}:{bad[0] + 2}",
            do="mend it",
        )
    return table[list(COLUMNS)]
