"""The whole of Transference for one pool: cheap estimators, their control, and where there are runs, the check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analyze.transference.base import DEFAULT, Array, Channel, Evidence, find_estimator
from analyze.transference.check import check
from analyze.transference.control import control_matrices
from analyze.transference.embedding import choose, encode_pool
from analyze.transference.trained import PREFIX, loss_drops
from schemas.instance import UNLABELLED
from schemas.results import TransferCheck, TransferMatrix
from schemas.study import TransferenceSpec

if TYPE_CHECKING:
    import pandas as pd

    from schemas.instance import Instance

SHOWN = (DEFAULT, "response-gp", "response-knn", "response-cosine", "instruction-mmd")
SPLIT = "validation"


def describe(
    pool: Mapping[str, Sequence[Instance]],
    encoder: str,
    table: pd.DataFrame | None,
    spec: TransferenceSpec | None = None,
    base: str = "",
    names: Sequence[str] = SHOWN,
) -> tuple[list[TransferMatrix], list[TransferCheck]]:
    """Matrices (`trained` first where there are runs, `control` last) and the checks of the cheap ones.

    Unlabelled rows and abilities with fewer than two instances (`left_out`) are in no matrix; with fewer than two
    abilities left there is nothing to compare, and both lists are empty.

    Args:
        pool: ability -> training instances.
        encoder: a sentence-transformers model or a base model's folder; unused if no name needs embeddings.
        table: results table; without single-source runs of `base` there are no checks.
        base: whose runs count; empty for the largest that has some.
        names: estimators to show; `p_max` corrects for all of them.

    Raises:
        BadData: an unknown estimator, or one that lacks its evidence.
        BadModel: the encoder does not load.
    """
    spec = spec or TransferenceSpec()
    chosen = [find_estimator(n) for n in names]
    ran = _has_runs(table, base)
    pool = {a: rows for a, rows in pool.items() if a not in left_out(pool)}
    if len(pool) < 2:
        return [], []
    evidence = Evidence(
        items={a: choose(rows, spec.items) for a, rows in pool.items()},
        embeddings=_embeddings(
            pool, encoder, spec.items, [e.channel for e in chosen if e.needs == "embeddings" and e.channel]
        ),
        table=table,
        base=base,
        split=SPLIT,
        draws=loss_drops(table, base, SPLIT).n if ran and table is not None else 0,
    )
    cheap = [e.estimate(evidence) for e in chosen if e.needs != "runs"]
    trained = [find_estimator(n).estimate(evidence) for n in ("trained", "effective-data")] if ran else []
    trained += [e.estimate(evidence) for e in chosen if e.needs == "runs" and not ran]  # says what is missing
    control = find_estimator("control").estimate(evidence)
    checks: list[TransferCheck] = []
    if ran:
        asked = [m for m in cheap if not m.estimator.startswith("control")]
        checks = check(asked, trained[0], control_matrices(evidence), permutations=spec.permutations)
        checks += check([control], trained[0], permutations=spec.permutations)
    shown = [*trained, *cheap]
    return [*shown, *([] if any(m.estimator == "control" for m in shown) else [control])], checks


def left_out(pool: Mapping[str, Sequence[Instance]]) -> list[str]:
    """Names that `describe` has no use for: unlabelled rows, and abilities of which nothing is known to spread."""
    return [a for a, rows in pool.items() if a == UNLABELLED or len(rows) < 2]


def _embeddings(
    pool: Mapping[str, Sequence[Instance]], encoder: str, items: int, channels: Sequence[Channel]
) -> dict[str, dict[str, Array]]:
    if not channels:
        return {}
    from inference.embed import load_encoder

    loaded = load_encoder(encoder)
    return {c: encode_pool(loaded, pool, items, c) for c in dict.fromkeys(channels)}


def _has_runs(table: pd.DataFrame | None, base: str) -> bool:
    if table is None:
        return False
    single = table["mix"].str.startswith(PREFIX) & (table["split"] == SPLIT) & (table["origin"] == "human")
    single &= table["bits"].notna()
    return bool((single & (table["base"] == base)).any() if base else single.any())
