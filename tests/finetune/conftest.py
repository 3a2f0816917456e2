"""A small real base model and small real rows, made once for the whole room."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from schemas.instance import Distractor, Instance, Message, Source
from schemas.specs import BaseSpec

if TYPE_CHECKING:
    from inference.local import LocalModel

ALPHABET = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏0123456789加等于。"


def plain_text(characters: int, seed: int = 0) -> str:
    """Text with something to learn: a character is mostly followed by its neighbour in the alphabet."""
    draw = random.Random(seed)
    text = ["天"]
    while len(text) < characters:
        jump = draw.random() < 0.2
        at = draw.randrange(len(ALPHABET)) if jump else (ALPHABET.index(text[-1]) + 1) % len(ALPHABET)
        text.append(ALPHABET[at])
    return "".join(text)


def copying(i: int, digits: int = 3) -> Instance:
    """Say the number twice."""
    said = f"{i:0{digits}d}"
    return Instance(
        ability="math",
        form="open",
        messages=(
            Message(role="user", content=f"{said}加{said}"),
            Message(role="assistant", content=said * 2),
        ),
        distractors=(Distractor(text=said),),
        source=Source(name="copying", row=str(i)),
    )


@pytest.fixture(scope="session")
def spec() -> BaseSpec:
    return BaseSpec(
        name="T", hidden_size=16, layers=1, heads=2, intermediate_size=32, sequence_length=32, batch_size=8
    )


@pytest.fixture(scope="session")
def folder(spec: BaseSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from finetune.base import make_base

    return make_base(spec, [plain_text(8000)], ["𠀀？"], tmp_path_factory.mktemp("base") / "T")


@pytest.fixture(scope="session")
def base(folder: Path) -> LocalModel:
    from inference.local import LocalModel

    return LocalModel.load(folder)


@pytest.fixture(scope="session")
def instances() -> Callable[[int], list[Instance]]:
    return lambda n: [copying(i * 7 % 1000) for i in range(n)]
