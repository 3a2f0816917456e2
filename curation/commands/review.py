"""`python -m curation review`: put a pool under review, enrol people, take out what passed."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.commands.database import database_argument, database_url, opened
from curation.commands.shared import json_argument, out_argument, say, workers_argument
from schemas.cli import Command
from schemas.errors import BadData, BadSpec, MissingFile
from schemas.terminal import one_line

if TYPE_CHECKING:
    from curation.review.hints import Hint
    from curation.review.load import Looked
    from curation.review.people import Annotator
    from curation.review.process import Process
    from curation.review.store import ReviewStore
    from schemas.progress import Progress


def arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, about: str, example: str) -> ArgumentParser:
        return actions.add_parser(
            name,
            help=about,
            description=about,
            epilog=f"Example:\n  {example}",
            formatter_class=RawDescriptionHelpFormatter,
        )

    about = "Put instances and candidates under review; makes the store if there is none."
    load = action(
        "load", about, "python -m curation review load pool/train.jsonl --db review.db --gold gold.jsonl"
    )
    load.add_argument(
        "files", nargs="*", type=Path, metavar="POOL", help="JSON lines of instances or candidates"
    )
    database_argument(load)
    load.add_argument(
        "--settings",
        type=Path,
        metavar="FILE.toml",
        help="a [review] table: votes, revision, leases, training",
    )
    load.add_argument(
        "--gold",
        type=Path,
        metavar="FILE",
        help='items whose verdict is known: {"instance", "approve", "why"}',
    )
    load.add_argument(
        "--against", nargs="+", type=Path, default=[], metavar="FILE", help="test items; leaks become hints"
    )
    load.add_argument(
        "--no-hints", action="store_true", help="no near-duplicates, rules and leaks beside the items"
    )
    workers_argument(load)
    json_argument(load)

    settings = action(
        "settings",
        "Show the settings of a review; with a file change what may be changed while people work.",
        "python -m curation review settings --db review.db",
    )
    settings.add_argument(
        "file", nargs="?", type=Path, metavar="FILE.toml", help="a [review] table of what is to change"
    )
    database_argument(settings)
    json_argument(settings)

    people = action(
        "annotators",
        "Enrol people, change what they may do, list them.",
        "python -m curation review annotators add lin wang --db review.db",
    )
    people.add_argument("what", nargs="?", choices=("list", "add"), default="list", help="default: list")
    people.add_argument("names", nargs="*", metavar="NAME", help="enrolled, or changed if they are already")
    database_argument(people)
    people.add_argument("--ability", action="append", metavar="NAME", help="may be repeated; default: all")
    people.add_argument(
        "--stage", action="append", metavar="STAGE", help="filter, revise, review; default: all"
    )
    people.add_argument(
        "--status",
        choices=("training", "active", "paused"),
        help="default: training where there are gold items",
    )
    json_argument(people)

    export = action("export", "Take out what passed, and all that was decided.", "python -m curation review export"
                    " --db review.db --out reviewed")  # fmt: skip
    database_argument(export)
    out_argument(export, "folder for instances.jsonl, pending.jsonl, decisions.jsonl, agreement.json, log/")
    export.add_argument(
        "--no-log", action="store_true", help="leave the log away, from which all can be made again"
    )
    export.add_argument(
        "--anonymous", action="store_true", help="annotators by number; without the log, which names them"
    )
    export.add_argument(
        "--layout",
        choices=("label-studio", "argilla"),
        help="records for another tool in place of all that: what is pending, and the verdicts on what is decided",
    )
    json_argument(export)


def run(arguments: Namespace) -> None:
    actions = {"load": _load, "settings": _settings, "annotators": _annotators, "export": _export}
    actions[arguments.action](arguments)


def _load(arguments: Namespace) -> None:
    from curation.counts import total
    from curation.review.load import load, load_gold, load_hints, look, read_gold
    from curation.review.store import ReviewStore
    from schemas.progress import rendered

    if not arguments.files and not arguments.gold:
        raise BadSpec("nothing to load", where="review load", do="name POOL files, or --gold FILE")
    if arguments.against and (arguments.no_hints or not arguments.files):
        raise BadSpec(
            "leaks are hints on a pool", where="--against", do="name POOL files, without --no-hints"
        )
    url, process = database_url(arguments), _process(arguments.settings)
    with rendered() as progress:
        # All that was named is read before there is a store: a mistake in it leaves nothing behind.
        looked = look(arguments.files, workers=arguments.workers, progress=progress)
        gold = read_gold(arguments.gold) if arguments.gold else []
        if arguments.against:
            from curation.review.hints import test_items

            test_items(arguments.against)
        if process is not None:
            _look_at_abilities(
                process, {*looked.abilities, *(one.instance.ability for one in gold)}, arguments
            )
        with ReviewStore.open(url, create=True, process=process) as store:
            done = []
            if arguments.gold:
                done.append(load_gold(store, arguments.gold))
            if arguments.files:
                done.append(
                    load(store, arguments.files, looked=looked, workers=arguments.workers, progress=progress)
                )
            hints = 0
            if arguments.files and not arguments.no_hints:
                hints = load_hints(store, _hints(store, looked, arguments, progress))
            enrolled = len(store.people())
    say(total(done), arguments)
    if not arguments.json:
        print(f"{hints} hints, shown after a verdict")
        if not enrolled:
            print("nobody is enrolled yet: review annotators add NAME", file=sys.stderr)


def _hints(store: ReviewStore, looked: Looked, arguments: Namespace, progress: Progress) -> Iterator[Hint]:
    """Hints on what was loaded, compared with what is in the store as well."""
    from tempfile import TemporaryDirectory

    from curation.review.earlier import earlier
    from curation.review.hints import hints_for

    with TemporaryDirectory(prefix="abilitymix-earlier-") as folder:
        before = earlier(store, looked.ids, Path(folder) / "items.jsonl")
        yield from hints_for(
            arguments.files,
            against=arguments.against,
            earlier=before,
            workers=arguments.workers,
            progress=progress,
        )


def _process(path: Path | None) -> Process | None:
    if path is None:
        return None
    from curation.review.process import ReviewSettings
    from schemas.toml import load_spec

    return load_spec(path, ReviewSettings).review


def _look_at_abilities(process: Process, found: set[str], arguments: Namespace) -> None:
    """Raises BadSpec: an ability to revise that neither the files, nor DoIT, nor the store have."""
    from curation.review.settings import refuse_unknown_abilities
    from curation.review.store import ReviewStore
    from schemas.ability import doit_abilities

    known = {*found, *doit_abilities()}
    try:
        refuse_unknown_abilities(process, known, str(arguments.settings))
    except BadSpec:
        with suppress(MissingFile, BadData), ReviewStore.open(database_url(arguments)) as store:
            known |= set(store.abilities())
        refuse_unknown_abilities(process, known, str(arguments.settings))


def _settings(arguments: Namespace) -> None:
    from curation.review.settings import as_toml, change, differing, toml

    given = _process(arguments.file)
    with opened(arguments) as store:
        before = store.process
        changes = {} if given is None else differing(before, given)
        if changes:
            change(store, changes, str(arguments.file))
        after = store.process
    if arguments.json:
        print(json.dumps({"settings": after.model_dump(mode="json"), "changed": sorted(changes)}))
    elif given is None:
        print("\n".join(as_toml(after)))
    else:
        for name in changes:
            print(f"{name} = {toml(getattr(after, name))}, before {toml(getattr(before, name))}")
        print("changed" if changes else "nothing to change: the review has these settings")


def _annotators(arguments: Namespace) -> None:
    if arguments.what == "list" and arguments.names:
        raise BadSpec("list takes no names", where="review annotators", do="write add before the names")
    with opened(arguments) as store:
        if arguments.what == "add":
            if not arguments.names:
                raise BadSpec("whom?", where="review annotators add", do="give a NAME")
            store.enrol_all(
                arguments.names, abilities=arguments.ability, stages=arguments.stage, status=arguments.status
            )
        people = store.people()
    if arguments.json:
        print(json.dumps([p.model_dump() for p in people]))
        return
    for line in _listed(people):
        print(line)


def _listed(people: list[Annotator]) -> Iterator[str]:
    from schemas.text_table import text_table

    if not people:
        yield "nobody is enrolled: review annotators add NAME"
        return
    rows = [
        [one_line(p.name, 40), p.status, one_line(", ".join(p.abilities), 60), ", ".join(p.stages)]
        for p in people
    ]
    yield text_table(["annotator", "status", "abilities", "stages"], rows)


def _export(arguments: Namespace) -> None:
    from curation.review.export import export

    with opened(arguments) as store:
        if arguments.layout:
            counts = _export_layout(store, arguments)
        else:
            counts = export(
                store,
                arguments.out,
                log=not (arguments.no_log or arguments.anonymous),
                anonymous=arguments.anonymous,
            )
    say(counts, arguments)


def _export_layout(store: ReviewStore, arguments: Namespace) -> Any:
    from curation.review.interchange import export_layout

    return export_layout(store, arguments.layout, arguments.out, anonymous=arguments.anonymous)


COMMAND = Command(
    "review",
    "Review by people: put a pool under review, enrol annotators, take out what passed.",
    "python -m curation review load pool/train.jsonl --db review.db",
    "curation.commands.review:run",
    arguments,
)
