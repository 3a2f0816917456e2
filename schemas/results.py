"""Results, each with its uncertainty and what it rests on. Scores are shares in [0, 1]; slopes are in points (of 100)."""

from __future__ import annotations

from typing import Literal

from schemas.instance import Frozen, Origin

Split = Literal["validation", "test"]
VerdictName = Literal["responsive", "resistant", "adverse", "undetermined"]
Factor = Literal["data", "size", "synthetic"]


class Interval(Frozen):
    low: float
    high: float
    level: float

    def overlaps(self, other: Interval) -> bool:
        return self.low <= other.high and other.low <= self.high


class Prediction(Frozen):
    """One item under one checkpoint.

    Args:
        item: instance id.
        nll: summed negative log-likelihood of the gold response given its prompt, nats, end token included.
        tokens: response tokens, end token included.
        characters: of the gold response.
        greedy: whether every response token is the model's first choice.
        distractor_nll, distractor_tokens: the same sums for each distractor, in order.
        reply: the generated reply, where one was generated.
        score: 0 or 1.
        chance: of this item.
    """

    item: str
    ability: str
    form: str
    nll: float
    tokens: int
    characters: int
    greedy: bool
    distractor_nll: tuple[float, ...] = ()
    distractor_tokens: tuple[int, ...] = ()
    reply: str | None = None
    score: float
    chance: float

    @property
    def bits_per_character(self) -> float:
        """-log2 p(response | prompt) per character of the response."""
        return self.nll / 0.6931471805599453 / max(self.characters, 1)

    @property
    def margin(self) -> float | None:
        """min_j log PPL(distractor_j) - log PPL(gold), nats per token; None without distractors."""
        if not self.distractor_nll:
            return None
        others = (n / t for n, t in zip(self.distractor_nll, self.distractor_tokens, strict=True))
        return min(others) - self.nll / self.tokens


class Cell(Frozen):
    """One checkpoint of a study: what it was trained on.

    Args:
        mix: `uniform` (n of every ability), `single:<ability>`, `recommended`, `base`.
        n: instances per ability asked for; 0 for the untuned base.
        counts: ability -> instances really drawn.
    """

    base: str
    parameters: int
    origin: Origin
    mix: str
    n: int
    seed: int
    counts: dict[str, int] = {}


class CurvePoint(Frozen):
    """Mean over seeds and items at one n."""

    n: int
    mean: float
    interval: Interval
    seeds: int
    items: int


class Curve(Frozen):
    """A growth curve of one ability.

    Args:
        metric: `score` (share) or `bits` (bits per character of the gold response; less is better).
        model: name of the fitted form, `parameters` its values, `fitted` its value at every point's n.
        lack_of_fit: root mean square distance (same unit) of the points from the best monotone curve.
    """

    ability: str
    base: str
    origin: Origin
    metric: Literal["score", "bits"]
    points: tuple[CurvePoint, ...]
    chance: float
    model: str
    parameters: dict[str, float] = {}
    fitted: tuple[float, ...] = ()
    lack_of_fit: float = 0.0


class Verdict(Frozen):
    """Whether an ability responds to a factor.

    Args:
        factor: `data` (points per factor of 4 in n), `size` (points per doubling of parameters), `synthetic`
            (human minus synthetic at equal n, points).
        estimate, interval: in points.
        p: smallest p-value of the one-sided and equivalence tests, after Benjamini-Hochberg.
        decide: what it would take to decide, for an undetermined one.
    """

    ability: str
    factor: Factor
    metric: Literal["score", "bits"] = "score"
    base: str = ""
    verdict: VerdictName
    estimate: float
    interval: Interval
    p: float | None = None
    decide: str = ""
    notes: tuple[str, ...] = ()


class Saturation(Frozen):
    """Least n after which an ability gains at most one point more: `at`, or `beyond` n_max, or undetermined."""

    ability: str
    verdict: Literal["at", "beyond", "undetermined"]
    n: int | None = None
    probability: float | None = None


class Complexity(Frozen):
    """The profile of one ability, section 4 of the science notes (ours).

    Args:
        bits_per_character: C1, under the base model.
        bits_per_byte, bits_per_item: the same sum over the UTF-8 bytes of the response, and over nothing.
        few_shot_bits_per_character: C1 after 4 in-format shots; None if not measured.
        instruction_following_difficulty: C2, PPL(y|x) / PPL(y).
        gap: C3, 1 - (S_0 - c) / (1 - c).
        low_resource_area: C4, mean gain over the untuned base at n <= 64, share.
    """

    ability: str
    bits_per_character: float
    bits_per_byte: float | None = None
    bits_per_item: float | None = None
    few_shot_bits_per_character: float | None = None
    instruction_following_difficulty: float
    gap: float
    low_resource_area: float | None = None


class TransferMatrix(Frozen):
    """Transference from source j (row) to target i (column).

    Args:
        estimator: e.g. `trained`, `response-mmd`, `control`.
        values: `values[j][i]`, higher = more transfer; the diagonal is None.
        unit: what a value is.
        seed_agreement: Spearman between two seeds' matrices, where there are two.
    """

    estimator: str
    abilities: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    unit: str
    seed_agreement: float | None = None


class TransferCheck(Frozen):
    """How a cheap estimator agrees with the trained Transference.

    Args:
        target: `per-target` (standardized per target ability) or `residual` (row and column means removed).
        spearman, p: over the directed pairs, joint row-column permutation (Mantel).
        p_max: corrected for the estimators compared.
        partial, partial_p: given the form, length and word control.
        regret: mean loss of transfer when the estimator's first choice is taken for every target.
    """

    estimator: str
    target: Literal["per-target", "residual"]
    pairs: int
    spearman: float
    p: float
    p_max: float | None = None
    partial: float | None = None
    partial_p: float | None = None
    regret: float | None = None


class Forecast(Frozen):
    """Leave-one-ability-out forecast of the data sensitivity from Complexity and Transference.

    Args:
        predicted, actual: points per factor of 4 in n, in the order of `abilities`.
        q2: against the fold means; `q2_null` is the 95th percentile under permutation.
    """

    abilities: tuple[str, ...]
    features: tuple[str, ...]
    predicted: tuple[float, ...]
    actual: tuple[float, ...]
    q2: float
    q2_null: float
    p: float


class Allocation(Frozen):
    """One source in a mix.

    Args:
        n: instances recommended; `uniform`: in the uniform mix of the same size.
        best: in the best mix found, whether it is recommended or not.
        shadow_price: points of the weighted mean per 100 more instances.
        available: instances in the pool.
    """

    ability: str
    origin: Origin
    n: int
    uniform: int
    best: int = 0
    shadow_price: float
    available: int


class Recommendation(Frozen):
    """The targeted mix.

    Args:
        allocations: per ability and origin; `shadow_price` in points of the weighted mean per 100 more instances.
        predicted_gain: over the uniform mix of the same size, points of the weighted mean score, by the fit.
        probability: Pr(gain > 0) over the bootstrap draws, or on validation items and seeds that the allocation was
            not chosen on, whichever is less.
        abstained: the uniform mix is kept because `probability` is below the asked confidence.
        reason: in words.
    """

    budget: int
    base: str
    allocations: tuple[Allocation, ...]
    predicted_gain: float
    interval: Interval
    probability: float
    abstained: bool
    reason: str


class Comparison(Frozen):
    """The best mix found, recommended or not, against the uniform one of the same size, both trained and tested.

    Args:
        gain: recommended minus uniform, points of the mean test score, with its interval.
        by_ability: the same per ability.
        clear: whether the interval excludes 0.
    """

    seeds: int
    recommended: float
    uniform: float
    gain: float
    interval: Interval
    by_ability: dict[str, float]
    clear: bool
    reason: str = ""


class Finding(Frozen):
    """One sentence that the numbers carry, or cannot carry."""

    kind: Literal["finding", "not concluded", "caveat"]
    text: str


class Report(Frozen):
    """Everything a study concludes; `report.json`, and what `report.html` shows.

    `delta`: points below which a slope counts as nothing, see `schemas.study.AnalysisSpec`.
    """

    name: str
    command: str = ""
    revision: str = ""
    packages: dict[str, str] = {}
    seconds: float = 0.0
    abilities: tuple[str, ...]
    titles: dict[str, str] = {}
    bases: dict[str, int] = {}
    counts: dict[str, dict[str, int]] = {}
    cells: int = 0
    delta: float = 1.0
    split: Split = "test"
    omitted: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    saturation: tuple[Saturation, ...] = ()
    complexity: tuple[Complexity, ...] = ()
    transfer: tuple[TransferMatrix, ...] = ()
    checks: tuple[TransferCheck, ...] = ()
    forecast: Forecast | None = None
    recommendation: Recommendation | None = None
    comparison: Comparison | None = None
    findings: tuple[Finding, ...] = ()
    runs: dict[str, str] = {}
