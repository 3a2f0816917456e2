"""Paraphrases by a real encoder: pairs, thresholds and reasons as for near-duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from curation.dedup.files import dedup_again
from inference.embed import load_encoder
from schemas.errors import BadModel
from tests.curation.curation_rows import open_item
from tests.curation.dedup.dedup_rows import Left, run
from tests.inference.conftest import SYMBOLS, folder, model, tokenizer  # noqa: F401


def rows():
    ask = ["重复", "下一个", "再说", "重复再说"]
    return [
        open_item(
            ask[k % 4] + SYMBOLS[k % 7],
            SYMBOLS[k % 7] * 2,
            row=str(k),
            ability=("role_play", "chinese")[k % 2],
        )
        for k in range(28)
    ]


def test_pairs_are_those_of_the_cosines(tmp_path, folder):  # noqa: F811
    made = rows()
    vectors = load_encoder(folder).encode(made, "both")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = vectors @ vectors.T
    left = run(tmp_path, made, semantic=str(folder), semantic_threshold=0.97, shortest=0, near=None)
    assert left.report.pairs == sum(
        cosine[i, j] >= 0.9 for i in range(len(made)) for j in range(i) if made[i].ability == made[j].ability
    )
    assert "semantic" in left.rules
    kept = [int(row) for row in left.rows]
    for i in kept:
        for j in kept:
            assert (
                i == j or made[i].ability != made[j].ability or cosine[i, j] < 0.97 or left.members("apart")
            )
    by_id = {row.id: k for k, row in enumerate(made)}
    for cluster in left.clusters:
        for member in cluster["members"][1:]:
            truth = cosine[by_id[cluster["members"][0]["id"]], by_id[member["id"]]]
            assert member["similarity"] == pytest.approx(min(1, truth), abs=2e-4)


def test_another_threshold_needs_no_encoder(tmp_path, folder):  # noqa: F811
    left = run(tmp_path, rows(), semantic=str(folder), semantic_threshold=0.97, shortest=0)
    report = dedup_again(left.folder, tmp_path / "again", {"semantic_threshold": 0.92})
    fresh = run(
        tmp_path,
        rows(),
        out="fresh",
        semantic=str(folder),
        semantic_threshold=0.92,
        semantic_floor=0.9,
        shortest=0,
    )
    assert Left(tmp_path / "again", report).bytes == fresh.bytes
    assert len(fresh.rows) < len(left.rows)


def test_an_encoder_that_is_none_is_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadModel):
        run(tmp_path, rows(), semantic=str(tmp_path / "empty"))
