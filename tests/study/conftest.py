"""A study small enough to run in the tests, as a settings file: about a minute, nothing left out of the way."""

from __future__ import annotations

from pathlib import Path

import pytest

SLICE = """\
name = "slice"

[world]
seed = 4
rows = 420
characters = 60_000

[splits]
test = 60
validation = 40
teacher = 80
prompts = 90
train = 64

[[bases]]
name = "Z"
hidden_size = 24
layers = 1
heads = 2
intermediate_size = 64
learning_rate = 8e-3

[[bases]]
name = "A"
hidden_size = 48
layers = 2
heads = 3
intermediate_size = 128

[train.Z]
learning_rate = 6e-3
batch_size = 16
max_length = 96
checkpoints = 2

[train.A]
learning_rate = 4e-3
batch_size = 16
max_length = 96
checkpoints = 2

[synthetic]
base = "A"
steps = 200

[grid]
n = [0, 4, 16, 64]
seeds = [1, 2]
single_source_n = 16
single_source_steps = 12

[grid.steps]
4 = 12
16 = 24
64 = 60

[transference]
items = 16
permutations = 200

[analysis]
draws = 40

[recommend]
budget = 320
seeds = [11, 12]
steps = 40
confidence = 0.0
"""


@pytest.fixture(scope="session")
def slice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "slice.toml"
    path.write_text(SLICE, encoding="utf-8")
    return path
