import json
from pathlib import Path

import pytest

from finetune.base import make_base
from inference.local import LocalModel
from schemas.canonical import hash_file
from schemas.errors import BadSpec, EmptySplit
from schemas.instance import Message
from schemas.progress import Tick
from schemas.specs import BaseSpec
from tests.finetune.conftest import ALPHABET, plain_text


def test_it_is_a_whole_transformers_folder(folder: Path, base: LocalModel, spec: BaseSpec) -> None:
    assert {p.name for p in folder.iterdir()} >= {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "pretraining.json",
    }
    config = base.model.config
    assert (config.model_type, config.tie_word_embeddings, config.use_cache) == ("llama", True, True)
    assert base.model.get_output_embeddings().weight is base.model.get_input_embeddings().weight
    assert base.model.generation_config.eos_token_id == base.tokenizer.eos_token_id
    assert base.tokenizer.chat_template
    notes = json.loads((folder / "pretraining.json").read_text())
    assert notes["parameters"] == base.parameters == sum(p.numel() for p in base.model.parameters())
    (reply,) = base.generate([[Message(role="user", content="天地")]], max_new_tokens=4)
    assert reply.tokens <= 4


def test_the_alphabet_is_the_corpus_and_the_extra_texts(base: LocalModel) -> None:
    vocabulary = base.tokenizer.get_vocab()
    assert {t for t in vocabulary if len(t) == 1} == set(ALPHABET) | {"𠀀", "？"}


def test_it_learns_the_text(folder: Path) -> None:
    notes = json.loads((folder / "pretraining.json").read_text())
    assert notes["loss"][-1] < 0.8 * notes["loss"][0]
    # 8,000 characters and an end token, in rows of 32; 8 rows a step, once.
    assert notes["steps"] == 8001 // 32 // 8
    assert notes["tokens"]["real"] == notes["steps"] * 8 * 32
    assert notes["tokens"]["padding"] == 0
    assert notes["tokens"]["supervised"] == notes["steps"] * 8 * 31


def test_same_seed_same_bytes_and_nothing_on_stdout(
    folder: Path, spec: BaseSpec, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ticks: list[Tick] = []
    again = make_base(spec, [plain_text(8000)], ["𠀀？"], tmp_path / "again", ticks.append)
    assert hash_file(again) == hash_file(folder)
    other = make_base(spec.model_copy(update={"seed": 1}), [plain_text(8000)], ["𠀀？"], tmp_path / "other")
    assert hash_file(other / "model.safetensors") != hash_file(folder / "model.safetensors")
    assert capfd.readouterr().out == ""
    assert ticks[-1].done == ticks[-1].total == 31
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "other"]


def test_characters_limits_the_text_and_bytes_know_everything(spec: BaseSpec, tmp_path: Path) -> None:
    bounded = spec.model_copy(update={"characters": 1000, "tokenizer": "bytes", "vocabulary": 300})
    made = make_base(bounded, [plain_text(700), plain_text(700, 1), plain_text(700, 2)], [], tmp_path / "b")
    notes = json.loads((made / "pretraining.json").read_text())
    assert notes["characters"] == 1000
    assert notes["vocabulary"] == 300
    tokenizer = LocalModel.load(made).tokenizer
    assert tokenizer.decode(tokenizer.encode("龘 ok\n", add_special_tokens=False)) == "龘 ok\n"


def test_what_cannot_be_made_is_said(spec: BaseSpec, tmp_path: Path) -> None:
    with pytest.raises(BadSpec, match="exists already"):
        make_base(spec.model_copy(update={"path": "x"}), ["天"], [], tmp_path / "x")
    with pytest.raises(EmptySplit, match="shorter than one row of 32"):
        make_base(spec, ["天地"], [], tmp_path / "x")
    assert not list(tmp_path.iterdir())
