"""The command line of `analyze`: declarations only."""

from __future__ import annotations

import sys

from analyze import arguments
from schemas.cli import Command, main

QUICKSTART = "on the study that `make quickstart` makes"

COMMANDS = (
    Command(
        "evaluate",
        "Score a checkpoint on items: predictions with losses, replies and scores.",
        "python -m analyze evaluate --model tuned --items pool/test.jsonl --out predictions",
        "analyze.commands_evaluate:evaluate",
        arguments.arguments_evaluate,
    ),
    Command(
        "score",
        "Parse and score stored predictions again, without the model.",
        "python -m analyze score predictions --items pool/test.jsonl",
        "analyze.commands_evaluate:score",
        arguments.arguments_score,
    ),
    Command(
        "curves",
        "Growth curves with intervals, verdicts on data, size and synthetic data, saturation.",
        "python -m analyze curves study-quickstart",
        "analyze.commands_growth:curves",
        arguments.arguments_curves,
        QUICKSTART,
    ),
    Command(
        "complexity",
        "Complexity of every ability under a base model.",
        "python -m analyze complexity --model base --items pool/validation.jsonl",
        "analyze.commands_transfer:complexity",
        arguments.arguments_complexity,
    ),
    Command(
        "transference",
        "Transference between abilities from embeddings of a pool, with its control.",
        "python -m analyze transference pool/train.jsonl --base base",
        "analyze.commands_transfer:transference",
        arguments.arguments_transference,
    ),
    Command(
        "forecast",
        "Forecast the data sensitivity of abilities left out, from Complexity and Transference.",
        "python -m analyze forecast study-quickstart --report study-quickstart/report.json",
        "analyze.commands_growth:forecast",
        arguments.arguments_forecast,
        QUICKSTART,
    ),
    Command(
        "recommend",
        "Recommend a targeted mix from validation scores, or keep the uniform one.",
        "python -m analyze recommend study-quickstart --budget 2560 --out MIX.toml",
        "analyze.commands_growth:recommend",
        arguments.arguments_recommend,
        QUICKSTART,
    ),
    Command(
        "report",
        "Write the HTML report of a finished study.",
        "python -m analyze report study-quickstart",
        "analyze.report.command:report",
        arguments.arguments_report,
        QUICKSTART,
    ),
    Command(
        "show",
        "Show one item: prompt, gold response, reply, parse and score.",
        "python -m analyze show 5cab39 --predictions predictions --items pool/test.jsonl",
        "analyze.commands_evaluate:show",
        arguments.arguments_show,
    ),
    Command(
        "audit-paper",
        "Recompute what the paper's published tables allow, and what they cannot carry.",
        "python -m analyze audit-paper",
        "analyze.audit:audit_paper",
        arguments.arguments_audit_paper,
    ),
)

if __name__ == "__main__":
    sys.exit(
        main(
            "analyze",
            "Scores, growth curves, Complexity, Transference, forecast, recommended mix, report.",
            COMMANDS,
        )
    )
