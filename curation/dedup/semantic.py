"""Paraphrases: rows whose embeddings are close, found and compared by an encoder."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from curation.dedup.compare import Comparer, work_on
from curation.dedup.grams import I64
from curation.dedup.pairs import Pairs, joined
from curation.dedup.read import Texts
from curation.dedup.search import stand_ins
from curation.dedup.settings import DedupSettings
from curation.dedup.table import Table
from curation.dedup.write import changed, lines_at
from inference.embed import Encoder, load_encoder
from schemas.instance import Instance
from schemas.progress import Progress, Tick

_BATCH = 256
_AT_ONCE = 20_000


def semantic_pairs(
    pairs: Pairs, table: Table, texts: Texts, settings: DedupSettings, progress: Progress
) -> tuple[Pairs, int]:
    """The pairs together with those of similar embeddings, and how many rows the encoder had to cut.

    An embedding is the mean over the tokens of instruction and response (channel `both`) where the response is part
    of what is compared, of the instruction alone elsewhere. Memory: the embeddings, 4 bytes a number. Neighbours are
    looked for within each ability, unless `across`, by sentence-transformers' paraphrase mining, exactly.
    """
    rows = stand_ins(table, settings)
    encoder = load_encoder(settings.semantic)
    vectors, trimmed = _embedded(encoder, table, texts, rows, settings, progress)
    groups = [np.arange(len(rows))]
    if not settings.across:
        groups = [np.flatnonzero(table.ability[rows] == a) for a in range(len(table.abilities))]
    found = [pairs]
    comparer = Comparer(settings.gram, settings.semantic_floor)
    for group in groups:
        for some, known in _mined(vectors[group], rows[group], settings):
            found.append(comparer(work_on(some, known, texts))[0])
    return joined(found), trimmed


def _embedded(
    encoder: Encoder, table: Table, texts: Texts, rows: I64, settings: DedupSettings, progress: Progress
) -> tuple[NDArray[np.float32], int]:
    vectors: list[NDArray[np.float32]] = []
    trimmed = 0
    for start in range(0, len(rows), _BATCH):
        some = rows[start : start + _BATCH]
        instances = []
        for row, line in lines_at(table, some):
            try:
                instances.append(Instance.model_validate_json(line))
            except ValueError:
                raise changed(table.files[table.file[row]]) from None
        whole = (
            texts.free[some]
            if settings.compare == "auto"
            else np.full(len(some), settings.compare == "whole")
        )
        made: NDArray[np.float32] | None = None
        for channel, mask in (("both", whole), ("instruction", ~whole)):
            if mask.any():
                chosen = [instance for instance, take in zip(instances, mask.tolist(), strict=True) if take]
                found = encoder.encode(chosen, channel)  # type: ignore[arg-type]
                trimmed += encoder.trimmed
                made = np.zeros((len(some), found.shape[1]), np.float32) if made is None else made
                made[mask] = found
        assert made is not None
        vectors.append(made)
        progress(Tick("dedup: embedding", min(start + _BATCH, len(rows)), len(rows)))
    return np.concatenate(vectors) if vectors else np.empty((0, 1), np.float32), trimmed


def _mined(
    vectors: NDArray[np.float32], rows: I64, settings: DedupSettings
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    if len(rows) < 2:
        return
    import torch
    from sentence_transformers.util import paraphrase_mining_embeddings

    listed = paraphrase_mining_embeddings(
        torch.from_numpy(vectors),
        query_chunk_size=1000,
        corpus_chunk_size=20_000,
        max_pairs=len(rows) * settings.neighbours,
        top_k=min(settings.neighbours, len(rows) - 1),
    )
    scores = np.array([score for score, _, _ in listed], np.float32)
    places = np.array([[one, other] for _, one, other in listed], np.int64).reshape(-1, 2)
    enough = scores >= np.float32(settings.semantic_floor)
    scores, places = np.minimum(scores[enough], np.float32(1)), np.sort(rows[places[enough]], axis=1)
    for start in range(0, len(places), _AT_ONCE):
        yield places[start : start + _AT_ONCE], scores[start : start + _AT_ONCE]
