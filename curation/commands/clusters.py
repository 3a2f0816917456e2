"""`python -m curation clusters`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from schemas.cli import Command
from schemas.errors import BadSpec
from schemas.terminal import visible

KINDS = ("exact", "near", "semantic", "conflict", "apart")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="what dedup wrote")
    parser.add_argument("--ability", default="", metavar="NAME", help="clusters of that ability only")
    parser.add_argument("--kind", choices=KINDS, help="clusters with a member of that kind only")
    parser.add_argument(
        "--id", default="", metavar="ID", help="an id, its first characters, or a row SOURCE:KEY"
    )
    parser.add_argument(
        "--most", type=int, default=10, metavar="N", help="largest clusters to show; default: 10"
    )
    parser.add_argument("--members", type=int, default=6, metavar="N", help="of each cluster; default: 6")
    parser.add_argument(
        "--full", action="store_true", help="whole texts, not only what is around a difference"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object a cluster, with all members"
    )


def run(arguments: Namespace) -> None:
    from curation.dedup.show import Wanted, find_clusters, lines_about, texts_of

    for name in ("most", "members"):
        if getattr(arguments, name) < 1:
            raise BadSpec(f"{getattr(arguments, name)} is too few", where=f"--{name}", do="name one or more")
    wanted = Wanted(arguments.ability, arguments.kind or "", arguments.id)
    clusters, count = find_clusters(arguments.folder, wanted, arguments.most)
    if arguments.json:
        listed = max((len(cluster.members) for cluster in clusters), default=0)
        texts, problem = texts_of(arguments.folder, clusters, listed)
        for cluster in clusters:
            row = cluster.model_dump(exclude_defaults=True)
            for member in row["members"]:
                member["text"] = texts.get(member["number"])
            # ASCII escapes: a text may hold what a terminal would act on.
            print(json.dumps(row))
    else:
        texts, problem = texts_of(arguments.folder, clusters, arguments.members)
        for cluster in clusters:
            for line in lines_about(cluster, texts, arguments.members, arguments.full):
                print(visible(line))
        more = f", {count - len(clusters)} more with --most" if count > len(clusters) else ""
        print(f"{count} cluster{'' if count == 1 else 's'}{more}")
    if problem:
        print(visible(f"without texts: {problem}"), file=sys.stderr)


COMMAND = Command(
    "clusters",
    "Show the clusters that dedup found, with their texts and what differs.",
    "python -m curation clusters distinct --most 3",
    "curation.commands.clusters:run",
    arguments,
)
