"""The functions behind the commands: read, run, print."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from schemas.errors import BadSpec, ExitCode
from schemas.instance import Instance
from schemas.jsonl import read_models
from schemas.progress import rendered
from schemas.runs import made_in, model_folder
from schemas.terminal import one_line
from schemas.toml import load_spec
from synth.guide import GUIDE
from synth.prompts import read_prompts
from synth.result import GenerateResult, as_numbers
from synth.spec import GenerateSpec
from synth.strategies import Prompt

_FLAGS = ("prompts", "model", "backend", "strategy", "accept", "seed")


def generate_command(arguments: Namespace) -> int:
    from schemas.errors import MissingFile

    given = {name: getattr(arguments, name) for name in _FLAGS if getattr(arguments, name) is not None}
    if arguments.spec is None and not given and not arguments.set:
        print(GUIDE)
        return ExitCode.OK
    overrides = [
        *arguments.set,
        *(f"{name}={json.dumps(str(v) if isinstance(v, Path) else v)}" for name, v in given.items()),
    ]
    spec = load_spec(arguments.spec, GenerateSpec, overrides)
    if spec.prompts is None:
        raise BadSpec(
            "no prompts", where="prompts", do="name a JSON lines file of instances with --prompts FILE"
        )
    if not spec.model:
        raise BadSpec(
            "no model", where="model", do="name a folder, a hub id or a served model with --model NAME"
        )
    if not spec.prompts.exists():
        raise MissingFile("no such file of prompts", where=str(spec.prompts), do="check --prompts")
    prompts = list(read_prompts(spec.prompts))[: arguments.limit]
    if spec.backend != "openai":  # whose model is a name, whatever folders there are
        spec = spec.model_copy(update={"model": model_folder(spec.model)})
    return _generate(spec, prompts, arguments)


def _generate(spec: GenerateSpec, prompts: list[Prompt], arguments: Namespace) -> int:
    import sys

    from inference.backends import open_backend
    from synth.generate import generate
    from synth.result import changed_settings, run_of

    backend = open_backend(spec.backend, spec.model, **({"base_url": spec.base_url} if spec.base_url else {}))
    run = run_of(spec, prompts, backend, arguments.out)
    already = run.done
    for other, keys in changed_settings(run):
        print(f"note: {other} was begun with other {', '.join(keys)}; this is a new run", file=sys.stderr)
    with rendered() as progress:
        result = generate(spec, prompts, backend, arguments.out, progress)
    if already:
        print("already done; these are the counts of the finished run", file=sys.stderr)
    elif result.reused:
        print(f"{result.reused} answers taken over from earlier runs of the same requests", file=sys.stderr)
    print(as_json(result) if arguments.json else as_table(result))
    for ability, lacking in result.missing.items():
        count = result.counts[ability]
        line = f"quota not reached: {ability} lacks {lacking}: of {count.rows} prompts {count.accepted} were accepted"
        print(f"{line} and {count.rejected} rejected; bring more prompts or allow retries", file=sys.stderr)
    return ExitCode.POOL_TOO_SMALL if result.missing else ExitCode.OK


def explain_command(arguments: Namespace) -> int:
    from synth.explain import as_text, explain

    told = explain(arguments.row, arguments.out)
    print(json.dumps(told, ensure_ascii=True, indent=1) if arguments.json else as_text(told))
    return ExitCode.OK


def gap_command(arguments: Namespace) -> int:
    from synth.gap import as_text, gap

    files = (arguments.human, made_in(arguments.synthetic, "generate"))
    rows = (list(read_models(path, Instance)) for path in files)
    found = gap(*rows)
    print(json.dumps([vars(g) for g in found], ensure_ascii=False) if arguments.json else as_text(found))
    return ExitCode.OK


def as_json(result: GenerateResult) -> str:
    return json.dumps(
        {
            "run": result.path.name,
            "accepted": str(result.path / "accepted.jsonl"),
            "total": as_numbers(result.total),
            "abilities": {a: as_numbers(c) for a, c in result.counts.items()},
            "reasons": dict(result.reasons),
            "missing": dict(result.missing),
            "asked": result.asked,
            "reused": result.reused,
        },
        ensure_ascii=False,
    )


def as_table(result: GenerateResult) -> str:
    lines = [f"{'ability':<24}{'rows in':>9}{'accepted':>10}{'rejected':>10}{'pending':>9}"]
    for name, c in (*result.counts.items(), ("all", result.total)):
        lines.append(f"{one_line(name, 23):<24}{c.rows:>9}{c.accepted:>10}{c.rejected:>10}{c.pending:>9}")
    t = result.total
    lines.append(f"{t.accepted} accepted + {t.rejected} rejected + {t.pending} pending = {t.rows} rows in")
    if result.reasons:
        reasons = sorted(result.reasons.items(), key=lambda item: -item[1])
        lines.append("refused replies by rule: " + ", ".join(f"{rule} {n}" for rule, n in reasons))
    return "\n".join([*lines, f"accepted rows: {result.path / 'accepted.jsonl'}"])
