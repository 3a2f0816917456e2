from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inference.local import LocalModel
from schemas.errors import BadModel, ExitCode
from tests.inference.conftest import lessons


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def refused(path: Path | str) -> str:
    with pytest.raises(BadModel) as caught:
        LocalModel.load(path)
    assert caught.value.code == ExitCode.BAD_MODEL
    line = caught.value.line()
    assert "\n" not in line
    assert str(path) in line
    return line


def test_a_saved_model_is_the_model(model: LocalModel, folder: Path) -> None:
    loaded = LocalModel.load(folder)
    assert loaded.loglikelihood(lessons()) == model.loglikelihood(lessons())
    assert loaded.fingerprint == model.fingerprint
    assert loaded.revision == model.fingerprint[:12]
    assert loaded.parameters == model.parameters
    assert loaded.name == "tiny"
    assert not loaded.model.training
    assert loaded.limit == 64


def test_the_fingerprint_follows_weights_and_template(copy: Path) -> None:
    import torch

    loaded = LocalModel.load(copy)
    before = loaded.fingerprint
    with torch.no_grad():
        next(iter(loaded.model.parameters()))[0, 0] += 1e-3
    changed = loaded.fingerprint
    loaded.tokenizer.chat_template += " "
    assert len({before, changed, loaded.fingerprint}) == 3


def test_no_such_folder(tmp_path: Path) -> None:
    assert "no such model folder" in refused(tmp_path / "nowhere")
    assert "no such model folder" in refused("a/b/c")
    file = tmp_path / "file"
    file.write_text("x")
    assert "not a model folder" in refused(file)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("config.json", "no config.json"),
        ("tokenizer.json", "no tokenizer"),
        ("model.safetensors", "no safetensors"),
    ],
)
def test_a_folder_that_lacks_a_part(copy: Path, missing: str, said: str) -> None:
    (copy / missing).unlink()
    assert said in refused(copy)


@pytest.mark.parametrize("broken", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_with_a_broken_part(copy: Path, broken: str) -> None:
    (copy / broken).write_bytes((copy / broken).read_bytes()[:20])
    assert "does not load" in refused(copy)


def test_weights_that_only_pickle_can_read_are_refused(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    assert "no safetensors" in refused(copy)
