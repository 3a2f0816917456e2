"""vLLM in this process, on a GPU or with its CPU build: generation and log-likelihood.

Prompts go in as token ids that `inference.chat` made, so that the engine sees exactly what training saw.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.chat import Encoded, Pair, encode_chat, encode_pairs, stop_ids
from inference.generate import Reply, mixed_seed, replies, row_seeds
from inference.likelihood import LogLikelihood, check_fits
from schemas.errors import BadData, BadModel, Failed, MissingExtra
from schemas.instance import Message
from schemas.terminal import one_line

# Read by vLLM when it is imported. One process: an engine in a child would outlive a killed parent.
_ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
}
_CPU_ENVIRONMENT = {"VLLM_CPU_OMP_THREADS_BIND": "nobind"}
# Log-likelihoods must see each whole prompt: cached prefixes have no logits, hence no prefix caching below.
_CPU_SETTINGS: dict[str, Any] = {
    "dtype": "float32",
    "enforce_eager": True,
    # A seeded request whose prefill is cut in pieces ends the CPU engine (its generator has no offset).
    "enable_chunked_prefill": False,
}


class VllmModel:
    """A model in a vLLM engine. Made by `load`."""

    def __init__(self, engine: Any, tokenizer: Any, name: str, revision: str) -> None:
        self.engine, self.tokenizer = engine, tokenizer
        self.name, self.revision = name, revision
        self._dead = False
        config = engine.model_config
        self.limit = int(config.max_model_len)
        settings = config.try_get_generation_config()
        self.stop = stop_ids(tokenizer, settings.get("eos_token_id"))
        known = len(tokenizer)
        # Weights padded beyond the tokenizer would else be free to answer with ids that decode to nothing.
        self._allowed = list(range(known)) if config.get_vocab_size() > known else None

    @classmethod
    def load(
        cls,
        path: str,
        max_length: int | None = None,
        parallel: int = 64,
        memory_share: float = 0.85,
        cache_bytes: int = 256 << 20,
        dtype: str = "auto",
        seed: int = 0,
    ) -> VllmModel:
        """Start an engine.

        Args:
            path: folder or hub id.
            max_length: tokens of prompt and reply together; the model's own limit if None.
            parallel: sequences in flight, at most.
            memory_share: of the GPU's memory; unused on the CPU.
            cache_bytes: of the key-value cache on the CPU; must hold at least one sequence of `max_length`.
            dtype: of the weights on a GPU; the CPU computes in float32.

        Raises:
            MissingExtra: vLLM is not installed.
            BadModel: the model is incomplete, or the engine refuses it.
        """
        from inference.loading import check_folder, load_tokenizer

        check_folder(path)
        import torch

        gpu = torch.cuda.is_available()
        for key, value in {**_ENVIRONMENT, **({} if gpu else _CPU_ENVIRONMENT)}.items():
            os.environ.setdefault(key, value)
        try:
            from vllm import LLM
        except ImportError:
            raise MissingExtra("vLLM is not installed", do="pip install 'abilitymix[vllm]'") from None
        settings: dict[str, Any] = (
            {"dtype": dtype, "gpu_memory_utilization": memory_share}
            if gpu
            else {**_CPU_SETTINGS, "kv_cache_memory_bytes": cache_bytes}
        )
        if max_length is not None:
            settings["max_model_len"] = max_length
        tokenizer = load_tokenizer(path)
        if not gpu:
            _check_heads(path)
        try:
            engine = LLM(
                path,
                max_num_seqs=parallel,
                seed=seed,
                enable_prefix_caching=False,
                trust_remote_code=False,
                load_format="auto" if not Path(path).is_dir() else "safetensors",
                disable_log_stats=True,
                **settings,
            )
        except Exception as error:
            raise BadModel(
                f"vLLM does not start with it ({type(error).__name__}: {one_line(str(error), 200)})",
                where=path,
                do="check max_length, cache_bytes or memory_share",
            ) from None
        return cls(engine, tokenizer, Path(path).name, _revision(path))

    def generate(
        self,
        prompts: Sequence[Sequence[Message]],
        max_new_tokens: int,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int = 0,
        seeds: Sequence[int] | None = None,
    ) -> list[Reply]:
        """As `LocalModel.generate`: greedy replies are the same, sampled ones come from vLLM's own random numbers.

        Raises:
            BadData: a prompt that fills the model's positions.
        """
        from vllm import SamplingParams

        ids = [encode_chat(self.tokenizer, p, add_generation_prompt=True) for p in prompts]
        for i, prompt in enumerate(ids):
            if len(prompt) >= self.limit:
                what = f"{len(prompt)} tokens leave no room in the model's {self.limit} positions"
                raise BadData(what, where=f"prompt {i}", do="shorten the prompt")
        rows = row_seeds(ids) if seeds is None else seeds
        settings = [
            SamplingParams(
                max_tokens=min(max_new_tokens, self.limit - len(prompt)),
                temperature=temperature,
                top_p=top_p,
                seed=mixed_seed(seed, row) if temperature > 0 else None,
                stop_token_ids=sorted(self.stop),
                allowed_token_ids=self._allowed,
                detokenize=False,
            )
            for prompt, row in zip(ids, rows, strict=True)
        ]
        found = [list(o.outputs[0].token_ids) for o in self._run(ids, settings)]
        return replies(self.tokenizer, found, self.stop)

    def loglikelihood(self, pairs: Sequence[Pair | Encoded]) -> list[LogLikelihood]:
        """As `LocalModel.loglikelihood`. Raises BadData as there; vLLM also needs room for one token more."""
        from vllm import SamplingParams

        fresh = iter(encode_pairs(self.tokenizer, [p for p in pairs if isinstance(p, Pair)]))
        encoded = [p if isinstance(p, Encoded) else next(fresh) for p in pairs]
        for i, item in enumerate(encoded):
            check_fits(item, i, self.limit - 1)
        settings = SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=0, detokenize=False)
        out = []
        for item, found in zip(
            encoded, self._run([e.ids for e in encoded], [settings] * len(encoded)), strict=True
        ):
            said = [found.prompt_logprobs[k][item.ids[k]] for k in range(item.start, len(item.ids))]
            out.append(
                LogLikelihood(-sum(s.logprob for s in said), len(said), all(s.rank == 1 for s in said))
            )
        return out

    def _run(self, prompts: Sequence[Sequence[int]], settings: Sequence[Any]) -> list[Any]:
        if self._dead:
            # An engine that failed once would let every later call wait for ever.
            raise Failed("vLLM has stopped", where=self.name, do="start it again")
        inputs = [{"prompt_token_ids": list(p)} for p in prompts]
        try:
            found: list[Any] = self.engine.generate(inputs, list(settings), use_tqdm=False) if inputs else []
        except Exception as error:
            self._dead = True
            said = one_line(str(error), 200)
            raise Failed(
                f"vLLM stopped ({type(error).__name__}: {said})", where=self.name, do="look at its log"
            ) from None
        return found


def _check_heads(path: str) -> None:
    """The CPU build computes attention for some head sizes only, and would say so in the middle of the work."""
    from transformers import AutoConfig
    from vllm.v1.attention.backends.cpu_attn import CPUAttentionBackend

    config = AutoConfig.from_pretrained(path, trust_remote_code=False).get_text_config()
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    known = CPUAttentionBackend.get_supported_head_sizes()
    if size not in known:
        raise BadModel(
            f"vLLM on a CPU has no attention for heads of {size}",
            where=path,
            do=f"use the transformers backend, or a model with heads of {', '.join(map(str, known))}",
        )


def _revision(path: str) -> str:
    """First 12 hex digits of the hash of a folder's files; empty for a hub id."""
    from schemas.canonical import hash_file

    return hash_file(Path(path))[:12] if Path(path).is_dir() else ""
