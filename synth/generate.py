"""The engine: asks, writes down, judges, and asks on until every prompt is settled or the quota is full.

Everything but the asking is a pure function of the journal, so a killed run goes on where it stood and ends with
the same files. Acceptance advances in epochs: no more prompts are asked than could still be accepted, in the
order of the prompts, so that the accepted rows are the same at any batch size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from curation.counts import Counts
from schemas.canonical import sha256_of
from schemas.errors import BadData, BadSpec, PoolTooSmall
from schemas.instance import Decision, Instance
from schemas.jsonl import write_jsonl
from schemas.progress import Progress, Tick, silent
from schemas.runs import Run, locked
from synth.asking import ask_all
from synth.gates import Bar, Judged, judge
from synth.journal import Answer, Journal, Request, read_answers
from synth.result import GenerateResult, as_numbers, finished_result, run_of
from synth.spec import GenerateSpec
from synth.strategies import STRATEGIES, Prompt

if TYPE_CHECKING:
    from inference.backends import Generator


@dataclass
class _State:
    """One prompt on its way: what was said and judged so far, and the next attempt if there may be one."""

    prompt: Prompt
    judged: list[Judged] = field(default_factory=list)
    refused: Decision | None = None

    @property
    def accepted(self) -> Instance | None:
        return self.judged[-1].instance if self.judged else None

    def open(self, retries: int) -> bool:
        if self.refused or self.accepted or len(self.judged) > retries:
            return False
        # A request that the backend cannot take is not taken the second time either.
        return not (self.judged and self.judged[-1].answer.refused)

    def rejected(self, retries: int) -> bool:
        """Whether a decision says that nothing will come of this prompt any more; told from the decisions alone."""
        if self.refused or not self.judged or self.accepted:
            return self.refused is not None
        return bool(self.judged[-1].answer.refused) or len(self.judged) > retries


def generate(
    spec: GenerateSpec,
    prompts: Sequence[Prompt],
    backend: Generator,
    out: Path,
    progress: Progress = silent,
) -> GenerateResult:
    """Make the synthetic twin of `prompts` in a run folder under `out`; a finished run is returned as it is.

    Raises:
        BadData: no prompts. BadSpec: `accept` names an ability without prompts.
        PoolTooSmall: more accepted rows asked for than an ability has prompts; raised before anything is asked.
        Busy: another process works on the same run. Whatever the backend raises when it cannot go on.
    """
    _check(spec, prompts)
    run = run_of(spec, prompts, backend, out)
    with locked(run.path):
        if run.done:
            return finished_result(run)
        run.begin(keep=True)
        write_jsonl(run.path / "prompts.jsonl", prompts)
        engine = _Engine(spec, prompts, backend, run, progress)
        engine.take_over()
        engine.work()
        return engine.finish()


class _Engine:
    def __init__(
        self, spec: GenerateSpec, prompts: Sequence[Prompt], backend: Generator, run: Run, progress: Progress
    ) -> None:
        self._spec, self._backend, self._run, self._progress = spec, backend, run, progress
        self._strategy = STRATEGIES[spec.strategy]
        self._bar = Bar.of(spec.gates, spec.check)
        self._settings = sha256_of(spec.request() | {k: run.spec[k] for k in ("model", "revision")})
        self._journal = Journal(run.path / "journal.jsonl", self._settings)
        self._rows = Counter(p.ability for p in prompts)
        self._states: dict[str, list[_State]] = {}
        seen: set[str] = set()
        for prompt in prompts:
            state = _State(prompt)
            if prompt.id in seen:
                state.refused = _duplicate(prompt)
            seen.add(prompt.id)
            self._states.setdefault(prompt.ability, []).append(state)
        self._told: dict[str, Tick] = {}
        self._asked = self._reused = 0

    def take_over(self) -> None:
        """Copy what sibling runs with the same request settings were answered: nobody is asked twice."""
        mine = {s.prompt.id for states in self._states.values() for s in states}
        found: dict[str, Answer] = {}
        for path in sorted(self._run.path.parent.glob("generate-*/journal.jsonl")):
            if path.parent != self._run.path:
                found |= {a.row: a for a in read_answers(path, self._settings) if a.prompt in mine}
        new = [found[row] for row in sorted(found) if row not in self._journal.answers]
        if new:
            self._journal.append(new)
        self._reused = len(new)

    def work(self) -> None:
        """Epochs until nothing is wanted any more."""
        while wanted := list(self._wanted()):
            for ability in self._states:
                self._tell(ability)
            unanswered = []
            for state, request in wanted:
                if request.row in self._journal.answers:
                    self._judge(state, request)
                else:
                    unanswered.append((state, request))
            states = {request.row: (state, request) for state, request in unanswered}

            def keep(answers: list[Answer], states: dict[str, tuple[_State, Request]] = states) -> None:
                self._journal.append(answers)
                self._asked += len(answers)
                answered = [states[a.row] for a in answers]
                for state, request in answered:
                    self._judge(state, request)
                for ability in {s.prompt.ability: None for s, _ in answered}:
                    self._tell(ability)

            asked = [(request, self._strategy.messages(state.prompt)) for state, request in unanswered]
            ask_all(self._backend, self._spec, asked, keep)
        for ability in self._states:
            self._tell(ability)

    def finish(self) -> GenerateResult:
        """Raises Failed if prompts got lost, before anything is written."""
        counts = {a: self._count(a).checked(f"{self._run.id}, {a}") for a in self._states}
        accepted = [s.accepted for states in self._states.values() for s in states]
        write_jsonl(self._run.path / "accepted.jsonl", [row for row in accepted if row is not None])
        rejects = [d for states in self._states.values() for s in states for d in _refusals(s)]
        write_jsonl(self._run.path / "rejects.jsonl", rejects)
        missing = {a: q - counts[a].accepted for a in counts if (q := self._spec.quota(a)) is not None}
        missing = {a: lacking for a, lacking in missing.items() if lacking > 0}
        self._run.finish(
            seed=self._spec.seed,
            device=str(getattr(self._backend, "device", "cpu")),
            counts={a: as_numbers(c) for a, c in counts.items()},
            reasons=dict(Counter(d.rule for d in rejects)),
            missing=missing,
        )
        done = finished_result(self._run)
        return GenerateResult(done.path, done.counts, done.reasons, done.missing, self._asked, self._reused)

    def _judge(self, state: _State, request: Request) -> None:
        answer = self._journal.answers[request.row]
        state.judged.append(judge(state.prompt, answer, self._strategy, self._bar, self._backend.name))

    def _wanted(self) -> Iterator[tuple[_State, Request]]:
        for ability, states in self._states.items():
            quota = self._spec.quota(ability)
            room = len(states) if quota is None else quota - sum(s.accepted is not None for s in states)
            still_open = [s for s in states if s.open(self._spec.retries)]
            for state in still_open[: max(0, room)]:
                yield state, self._request(state)

    def _request(self, state: _State) -> Request:
        attempt = len(state.judged)
        identity = [state.prompt.ability, self._strategy.name, state.prompt.id, attempt, self._spec.seed]
        row = sha256_of([*identity, self._settings])[:24]
        return Request(row, state.prompt.id, attempt, int(row[:8], 16) >> 1)

    def _count(self, ability: str) -> Counts:
        """Every number is counted by itself: only so does their sum prove that no prompt got lost."""
        states, retries = self._states[ability], self._spec.retries
        return Counts(
            rows=self._rows[ability],
            accepted=sum(s.accepted is not None for s in states),
            rejected=sum(s.rejected(retries) for s in states),
            pending=sum(s.open(retries) for s in states),
        )

    def _tell(self, ability: str) -> None:
        count = self._count(ability)
        total = self._spec.quota(ability) or count.rows
        done = count.accepted if self._spec.quota(ability) else count.accepted + count.rejected
        tick = Tick(f"generate {ability}", done, total, f"{count.rejected} rejected")
        if self._told.get(ability) != tick:
            self._told[ability] = tick
            self._progress(tick)


def _check(spec: GenerateSpec, prompts: Sequence[Prompt]) -> None:
    if not prompts:
        raise BadData("there are no prompts", do="name a file of instances with --prompts")
    have = Counter(p.ability for p in prompts)
    if isinstance(spec.accept, dict):
        for ability in spec.accept:
            if ability not in have:
                raise BadSpec(
                    f"accept asks for {ability!r}, of which there are no prompts",
                    where="accept",
                    do=f"prompts there are of {', '.join(sorted(have))}",
                )
    for ability, rows in have.items():
        if (quota := spec.quota(ability)) is not None and quota > rows:
            raise PoolTooSmall(
                f"{quota} accepted rows of {ability} asked for, but there are {rows} prompts",
                where="accept",
                do=f"ask for {rows} or fewer, or bring more prompts",
            )


def _duplicate(prompt: Prompt) -> Decision:
    reason = "the same prompt stands earlier in the file"
    return Decision(subject=prompt.id, stage="synth", rule="duplicate_prompt", kept=False, reason=reason)


def _refusals(state: _State) -> list[Decision]:
    refused = [j.decisions[-1] for j in state.judged if j.instance is None]
    return [state.refused] if state.refused else refused
