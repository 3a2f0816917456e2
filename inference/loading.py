"""Loading a model folder or hub id, with one clear line for each way it can be wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import BadModel
from schemas.terminal import one_line

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "tekken.json",
    "spiece.model",
)


def load(
    path: str, device: str = "auto", dtype: str = "auto"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A model in eval mode and its tokenizer.

    Args:
        device: `auto` takes a CUDA device if there is one.
        dtype: `auto` takes the one the weights were saved in; on the CPU always float32, where half precision is
            slow and its sums too rough to compare perplexities with.

    Raises:
        BadModel: whatever is missing or does not load.
    """
    check_folder(path)
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()  # transformers draws one on stderr for every load

    where = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    wanted: Any = getattr(torch, dtype) if dtype != "auto" else torch.float32 if where == "cpu" else "auto"
    tokenizer = load_tokenizer(path)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            path, dtype=wanted, trust_remote_code=False, use_safetensors=True
        )
        model.to(where)
    except Exception as error:
        raise _unloadable(path, "model", error) from None
    return model.eval(), tokenizer


def load_tokenizer(path: str) -> PreTrainedTokenizerBase:
    """The tokenizer of a model folder or hub id. Raises BadModel."""
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False)
    except Exception as error:
        raise _unloadable(path, "tokenizer", error) from None
    return tokenizer


def check_folder(path: str) -> None:
    """Raise BadModel if `path` is a folder that lacks a part of a model, or looks like a folder and is not there."""
    folder = Path(path)
    if not folder.is_dir():
        if folder.exists():
            raise BadModel(
                "this is a file, not a model folder", where=path, do="name the folder that holds it"
            )
        # A hub id is `owner/name`; anything else can only have been meant as a path.
        if path.startswith((".", "/", "~")) or path.count("/") != 1:
            raise BadModel("no such model folder", where=path, do="check the path")
        return
    if not (folder / "config.json").is_file():
        raise BadModel(
            "this folder has no config.json", where=path, do="name a model saved by save_pretrained"
        )
    if not any((folder / name).is_file() for name in _TOKENIZER_FILES):
        raise BadModel(
            "this model folder has no tokenizer", where=path, do="save the tokenizer into it as well"
        )
    if not any(folder.glob("*.safetensors")):
        raise BadModel(
            "this model folder has no safetensors weights",
            where=path,
            do="convert its weights to safetensors",
        )


def _unloadable(path: str, part: str, error: Exception) -> BadModel:
    return BadModel(
        f"the {part} does not load ({type(error).__name__}: {one_line(str(error), 160)})",
        where=path,
        do="check the id or save the model again",
    )
