"""Replays the lineage of one row from its run folder: prompt, request, sampling, every reply and every verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import BadData, MissingFile
from schemas.instance import Instance
from schemas.jsonl import read_models
from schemas.terminal import visible
from synth.gates import Bar, judge
from synth.journal import read_answers
from synth.prompts import read_prompts
from synth.strategies import STRATEGIES, Prompt

SHORTEST = 6


def explain(row: str, out: Path) -> dict[str, Any]:
    """Everything known about one row, found by the (beginning of the) id of the row, its prompt or a journal row, or
    by the row `source:key` that its prompt came from.

    Raises MissingFile if there is no run, BadData if no row or more than one is meant.
    """
    if len(row) < SHORTEST and ":" not in row:
        raise BadData(
            f"{row!r} is too short to name a row", do=f"give at least {SHORTEST} characters of its id"
        )
    runs = [p.parent for p in sorted({*out.glob("journal.jsonl"), *out.glob("generate-*/journal.jsonl")})]
    if not runs:
        raise MissingFile(
            "no generation here", where=str(out), do="name the folder given as --out to generate"
        )
    found = [told for run in runs for told in _in_run(run, row)]
    if not found:
        raise BadData(f"no row {row!r}", where=str(out), do="take an id from accepted.jsonl or rejects.jsonl")
    prompts = {told["prompt"]["id"] for told in found}
    if len(prompts) > 1:
        raise BadData(
            f"{row!r} begins the ids of {len(prompts)} rows", where=str(out), do="give more of the id"
        )
    # The same request in several runs is one row; the latest run that is finished tells most.
    return max(found, key=lambda told: (told["finished_run"], told["run"]))


def _in_run(run: Path, row: str) -> Iterator[dict[str, Any]]:
    answers = list(read_answers(run / "journal.jsonl"))
    made = {}
    if (run / "accepted.jsonl").exists():
        made = {i.source.row: i for i in read_models(run / "accepted.jsonl", Instance)}
    meant = {a.prompt for a in answers if a.row.startswith(row) or a.prompt.startswith(row)}
    meant |= {parent for i in made.values() if i.id.startswith(row) for parent in i.parents}
    prompts = list(read_prompts(run / "prompts.jsonl"))
    meant |= {p.id for p in prompts if f"{p.source.name}:{p.source.row}" == row}
    if not meant:
        return
    spec = json.loads((run / "spec.json").read_text(encoding="utf-8"))
    strategy, bar = STRATEGIES[spec["strategy"]], Bar.of(spec["gates"], spec["check"])
    for prompt in prompts:
        if prompt.id not in meant:
            continue
        meant.discard(prompt.id)  # a duplicate prompt further down is not another row
        attempts = []
        kept: Instance | None = None
        for answer in sorted((a for a in answers if a.prompt == prompt.id), key=lambda a: a.attempt):
            judged = judge(prompt, answer, strategy, bar, spec["model"])
            kept = made.get(answer.row, kept)
            verdicts = [{"rule": d.rule, "kept": d.kept, "reason": d.reason} for d in judged.decisions]
            attempts.append({**vars(answer), "verdicts": verdicts})
        yield {
            "run": run.name,
            "finished_run": (run / "manifest.json").exists(),
            "model": spec["model"],
            "settings": spec,
            "prompt": _prompt(prompt),
            "messages": [m.model_dump() for m in strategy.messages(prompt)],
            "attempts": attempts,
            "row": kept.id if kept else None,
        }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {
        "id": prompt.id,
        "ability": prompt.ability,
        "form": prompt.form,
        "source": prompt.source.model_dump(),
        "human_answer": prompt.answer if isinstance(prompt, Instance) else "",
        "human_response": prompt.response if isinstance(prompt, Instance) else "",
    }


def as_text(told: dict[str, Any]) -> str:
    """For people: hostile text made visible, one fact a line."""
    prompt, settings = told["prompt"], told["settings"]
    source = f"{prompt['source']['name']}, row {prompt['source']['row']}"
    sampling = ", ".join(f"{k} {settings[k]}" for k in ("temperature", "top_p", "max_new_tokens", "seed"))
    lines = [
        f"run       {told['run']}{'' if told['finished_run'] else ' (not finished)'}",
        f"prompt    {prompt['id']}  {prompt['ability']}, {prompt['form']}, from {source}",
        f"made by   {settings['strategy']} through {settings['backend']}: {told['model']}",
        f"sampling  {sampling}",
        *(f"{m['role']:<9} {_block(m['content'])}" for m in told["messages"]),
        f"human     {_block(prompt['human_response']) or '(no answer)'}",
    ]
    for attempt in told["attempts"]:
        lines.append(f"reply {attempt['attempt']}   {_block(attempt['text'])}")
        lines.append(
            f"          journal {attempt['row']}, seed {attempt['seed']}, {attempt['tokens']} tokens"
        )
        for verdict in attempt["verdicts"]:
            word = "passed" if verdict["kept"] else f"REFUSED: {visible(verdict['reason'])}"
            lines.append(f"          {verdict['rule']}: {word}")
    lines.append(f"row       {told['row'] or 'none accepted'}")
    return "\n".join(lines)


def _block(text: str) -> str:
    return visible(text, keep="\n").replace("\n", "\n          ")
