"""The settings of a whole study: one TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from schemas.instance import AbilityName, Frozen, Origin
from schemas.specs import BaseSpec, EvalSpec, Fraction, Positive, TrainSpec

Count = Annotated[int, Field(ge=0)]
Seeds = Annotated[tuple[int, ...], Field(min_length=1)]


class SourceSpec(Frozen):
    """One raw source.

    Args:
        files: paths or globs under the study's `data` folder.
        format: a reader's name, see `python -m curation standardize --help`.
        ability: the ability its rows belong to, or `unlabelled`.
        origin: `human` or `synthetic`.
        licence: as the source states it.
        limit: read at most so many rows a file.
        options: settings of the reader, e.g. `column = "zh_instruction"`.
    """

    files: tuple[str, ...]
    format: str
    ability: AbilityName = "unlabelled"
    origin: Origin = "human"
    licence: str = ""
    limit: Positive | None = None
    options: dict[str, str] = {}


class WorldSpec(Frozen):
    """The little world: ten procedurally generated abilities, written out as raw source files."""

    kind: Literal["little"] = "little"
    seed: int = 101
    rows: Positive = 3200
    characters: Positive = 1_000_000


class SplitSpec(Frozen):
    """Rows per ability of each part. Parts are filled in this order, whole groups at a time."""

    test: Positive = 300
    validation: Positive = 100
    teacher: Count = 0
    prompts: Count = 0
    train: Positive | Literal["available"] = 1000


class SyntheticSpec(Frozen):
    """Where the synthetic arm comes from.

    Args:
        kind: `teacher` tunes `base` on the teacher part and lets it answer the prompts part, so that counts match
            ability by ability; `source` takes the rows of synthetic sources, which may be unlabelled.
        base: name of the base model the teacher grows from.
        steps: optimizer steps of the teacher.
        temperature, top_p: sampling of the answers; temperature 0 is greedy.
        strategy, backend: as in `python -m synth generate`.
    """

    kind: Literal["teacher", "source"] = "teacher"
    base: str = ""
    steps: Positive = 300
    temperature: float = 0.0
    top_p: float = 1.0
    max_new_tokens: Positive = 32
    strategy: Literal["regenerate"] = "regenerate"
    backend: Literal["transformers", "vllm"] = "transformers"


class GridSpec(Frozen):
    """Which checkpoints are trained.

    Args:
        n: instances per ability; 0 is the untuned base.
        cap: `error`: n larger than an ability's pool is an error; `available`: takes what there is, and cells that
            would repeat a smaller n for every ability are omitted and named.
        seeds: of the order of the examples, and of which rows are drawn.
        steps: n -> optimizer steps; an n that is not listed takes the train settings' epochs.
        single_source_n: n of the runs on one ability alone (trained Transference); 0 for none.
        single_source_base: the base they grow from.
        single_source_seeds: their seeds.
    """

    n: tuple[Count, ...] = (0, 1, 4, 16, 64, 256, 1000)
    bases: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ("human", "synthetic")
    seeds: Seeds = (1, 2)
    cap: Literal["error", "available"] = "error"
    steps: dict[str, Positive] = {}
    single_source_n: Count = 256
    single_source_steps: Positive | None = None
    single_source_base: str = ""
    single_source_seeds: tuple[int, ...] = (1,)

    @field_validator("n")
    @classmethod
    def _has_zero(cls, n: tuple[int, ...]) -> tuple[int, ...]:
        if 0 not in n:
            raise ValueError("n = 0, the untuned base, is a cell of every grid")
        if list(n) != sorted(set(n)):
            raise ValueError("n must rise without repeats")
        return n


class TransferenceSpec(Frozen):
    """How Transference is estimated without training.

    Args:
        encoder: a sentence-transformers model (hub id or folder); empty for the study's own base model.
        base: name of that base model; empty for `grid.single_source_base`, or the last of the list.
        items: instances per ability that are encoded.
        permutations: of the Mantel test.
    """

    encoder: str = ""
    base: str = ""
    items: Positive = 64
    permutations: Positive = 2000


class AnalysisSpec(Frozen):
    """Statistics.

    Args:
        delta: points (of 100) per factor of 4 in n below which a slope counts as nothing.
        level: of the intervals that decide verdicts.
        draws: bootstrap draws.
        seed: of every draw.
    """

    delta: float = 1.0
    level: Fraction = 0.9
    draws: Positive = 200
    seed: int = 0


class RecommendSpec(Frozen):
    """The targeted mix.

    Args:
        budget: instances of the whole mix; 0 for no recommendation.
        base: the base model it is made for; empty for the last of the list.
        weights: ability -> weight; missing ones weigh 1.
        floors: ability -> least number of instances.
        seeds: of the runs that compare the recommended with the uniform mix.
        confidence: Pr(gain > 0) below which the uniform mix is kept.
    """

    budget: Count = 2560
    base: str = ""
    weights: dict[AbilityName, float] = {}
    floors: dict[AbilityName, Count] = {}
    seeds: Seeds = (11, 12, 13)
    steps: Positive | None = None
    confidence: Fraction = 0.9


class StudySpec(Frozen):
    """One study.

    Args:
        name: of the study; also the default output folder, `study-<name>`.
        data: folder that holds the raw sources; set it on the command line with `--set data=DIR`.
        world: make the raw sources instead.
        sources: raw sources under `data`.
        pretraining: globs of plain text under `data` for base models made on the spot.
        abilities: a file of `[[ability]]` tables; DoIT's ten if missing.
        max_characters: characters an instance may have, by check's rule `length`.
        check: rule name -> false, true or a table of its settings, see `python -m curation check --help`.
        bases: base models, smallest first.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")]
    data: Path | None = None
    world: WorldSpec | None = None
    sources: tuple[SourceSpec, ...] = ()
    pretraining: tuple[str, ...] = ()
    abilities: Path | None = None
    max_characters: Positive = 4000
    check: dict[str, bool | dict[str, int | float | str | tuple[str, ...]]] = {}
    splits: SplitSpec = SplitSpec()
    bases: tuple[BaseSpec, ...]
    train: dict[str, TrainSpec] = {}
    synthetic: SyntheticSpec | None = None
    grid: GridSpec = GridSpec()
    evaluation: EvalSpec = EvalSpec()
    transference: TransferenceSpec = TransferenceSpec()
    analysis: AnalysisSpec = AnalysisSpec()
    recommend: RecommendSpec = RecommendSpec()

    @model_validator(mode="after")
    def _consistent(self) -> StudySpec:
        names = [b.name for b in self.bases]
        if not names:
            raise ValueError("a study needs at least one base model")
        if len(set(names)) != len(names):
            raise ValueError(f"two base models share a name: {', '.join(names)}")
        named = {
            "grid.bases": self.grid.bases,
            "train": tuple(self.train),
            "grid.single_source_base": (self.grid.single_source_base,),
            "transference.base": (self.transference.base,),
            "recommend.base": (self.recommend.base,),
            "synthetic.base": (self.synthetic.base,) if self.synthetic else (),
        }
        for key, values in named.items():
            for value in values:
                if value and value not in names:
                    raise ValueError(f"{key} names the base model {value!r}; known: {', '.join(names)}")
        if (self.world is None) == (not self.sources):
            raise ValueError("a study needs either a world or a list of sources")
        if "synthetic" in self.grid.origins and self.synthetic is None:
            raise ValueError("grid.origins has synthetic, but there is no [synthetic] table")
        return self

    def base(self, name: str = "") -> BaseSpec:
        """The base model called `name`, or the last (largest) one."""
        return next((b for b in self.bases if b.name == name), self.bases[-1])
