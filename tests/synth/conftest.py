"""A tiny model with random weights. Its replies are noise, which is what gates meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.synth.synth_rows import ALPHABET


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from inference.tokenizers import character_tokenizer

    tokenizer = character_tokenizer([ALPHABET])
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=128,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    folder = tmp_path_factory.mktemp("model") / "noise"
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
