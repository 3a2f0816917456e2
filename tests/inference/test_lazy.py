from __future__ import annotations

import subprocess
import sys


def test_the_room_opens_without_torch() -> None:
    modules = (
        "backends, chat, embed, foreign, generate, likelihood, loading, local, openai_client, tokenizers"
    )
    code = f"from inference import {modules}, vllm_engine; import sys; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "torch",
        "transformers",
        "tokenizers",
        "sentence_transformers",
        "vllm",
        "openai",
        "numpy",
        "pandas",
    }
    assert heavy.isdisjoint(found.stdout.split())
