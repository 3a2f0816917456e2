"""datatrove and text-dedup on the rows of `near_dup.py`, each in a Python of its own; started by that benchmark.

    VENV/bin/python benchmarks/near_dup_rivals.py datatrove ROWS.jsonl OUT THRESHOLD
    VENV/bin/python benchmarks/near_dup_rivals.py text-dedup ROWS.jsonl OUT THRESHOLD

Both are given what makes them fit for Chinese, character 5-grams: datatrove by its own hook for shingles, text-dedup by
a space after every character, because it cuts at what is no letter. datatrove has no threshold; its 14 buckets of 8
hashes are its default, half of the pairs of 0.72 share a bucket. Neither compares candidates truly. Rows come as
`{"id": number, "text": …}`; OUT/kept.json becomes the list of the numbers that stay.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path


def main() -> None:
    name, rows, out, threshold = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    out.mkdir(parents=True, exist_ok=True)
    kept = {"datatrove": datatrove, "text-dedup": text_dedup}[name](rows, out, threshold)
    (out / "kept.json").write_text(json.dumps(kept), encoding="utf-8")


def datatrove(rows: Path, out: Path, threshold: str) -> list[int]:
    import numpy as np
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.text import simplify_text

    class Characters(MinhashDedupSignature):
        def get_shingles(self, text: str) -> np.ndarray:
            plain = simplify_text(text, self.config.norm_config)
            grams = [plain[i : i + 5] for i in range(len(plain) - 4)]
            return np.fromiter([self._hash_func(g) for g in grams], np.uint64).reshape(-1, 1)

    config = MinhashConfig(n_grams=5)
    _halves(rows)
    half = [
        JsonlReader(str(rows.parent), glob_pattern=f"{rows.stem}-half*.jsonl", text_key="text", id_key="id")
    ]
    signed, buckets, removed, kept = (str(out / name) for name in ("signed", "buckets", "removed", "kept"))
    steps = [
        (2, [*half, Characters(signed, config=config)]),
        (config.num_buckets, [MinhashDedupBuckets(signed, buckets, config=config)]),
        (1, [MinhashDedupCluster(buckets, removed, config=config)]),
        (2, [*half, MinhashDedupFilter(removed), JsonlWriter(kept)]),
    ]
    for number, (tasks, pipeline) in enumerate(steps):
        LocalPipelineExecutor(
            pipeline, tasks=tasks, workers=min(2, tasks), logging_dir=str(out / f"log{number}")
        ).run()
    found = []
    for path in Path(kept).glob("*.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found += [int(json.loads(line)["id"]) for line in file]
    return found


def _halves(rows: Path) -> None:
    lines = rows.read_bytes().splitlines(keepends=True)
    for number in range(2):
        half = lines[number * len(lines) // 2 : (number + 1) * len(lines) // 2]
        rows.with_name(f"{rows.stem}-half{number}.jsonl").write_bytes(b"".join(half))


def text_dedup(rows: Path, out: Path, threshold: str) -> list[int]:
    spaced = out / "spaced.jsonl"
    with rows.open(encoding="utf-8") as file, spaced.open("w", encoding="utf-8") as to:
        for line in file:
            row = json.loads(line)
            to.write(json.dumps({"id": row["id"], "text": " ".join(row["text"])}) + "\n")
    words = [
        *(sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_files", str(spaced)),
        *("--split", "train", "--column", "text", "--ngram", "5", "--min_length", "5", "--num_perm", "128"),
        *("--threshold", threshold, "--num_proc", "2", "--cache_dir", str(out / "cache")),
        *("--output", str(out / "kept"), "--batch_size", "10000"),
    ]
    subprocess.run(words, check=True)
    import datasets

    return [int(number) for number in datasets.load_from_disk(str(out / "kept"))["id"]]


if __name__ == "__main__":
    main()
