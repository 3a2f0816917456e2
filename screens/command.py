"""What `python -m tui` does: open the store or a sample, show the screens, say what was kept."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import ExitStack

from curation.commands.database import VARIABLE
from schemas.ability import Ability, doit_abilities, load_abilities
from schemas.errors import BadSpec, ExitCode
from schemas.terminal import one_line
from screens.keys import read_keys
from screens.serve import require_terminal, serve


def run(arguments: Namespace) -> int:
    """Raises AbilitymixError for whatever keeps the work from beginning; nothing is on the screen then."""
    named = bool(arguments.db)
    arguments.db = arguments.db or os.environ.get(VARIABLE) or None
    if arguments.name and not arguments.db:
        do = f"name its database with --db or {VARIABLE}, or leave --as away for the sample"
        raise BadSpec("which review?", where="--db", do=do)
    if arguments.db and not arguments.name:
        # Nobody who has a review to work on shall work in the sample by mistake, where all is thrown away.
        sample = "" if named else f", or unset {VARIABLE} for the sample"
        raise BadSpec("who judges?", where="--as", do=f"give your name with --as NAME{sample}")
    keys = read_keys(arguments.keys)
    abilities = _abilities(arguments)
    if not arguments.serve:
        require_terminal()
    elif arguments.db is None:
        return serve(arguments)
    from curation.review.store import ReviewStore

    with ExitStack() as stack:
        greeting, url, name = "", arguments.db, arguments.name
        if url is None:
            from screens.sample import NAME, make_sample

            url, name = stack.enter_context(make_sample()), NAME
            greeting = "this is a sample; what you do here is thrown away when you leave"
        from screens.clerk import Clerk

        clerk = Clerk(ReviewStore.open(url), name)
        if arguments.serve:
            clerk.close()
            return serve(arguments)
        stack.callback(clerk.close)
        clerk.fetch_first()
        from screens.app import Terminal  # Textual takes a while: a mistake is told before
        from screens.pastes import guard

        guard()
        terminal = Terminal(clerk, abilities, keys, greeting=greeting, tour=arguments.db is None)
        terminal.run()
        print(_kept(clerk.shift.judged, name, arguments.db), file=sys.stderr)
        return terminal.return_code or ExitCode.OK


def _abilities(arguments: Namespace) -> Mapping[str, Ability]:
    """DoIT's ten, and the annotator's own in front of them."""
    own = load_abilities(arguments.abilities) if arguments.abilities else {}
    return {**doit_abilities(), **own}


def _kept(judged: int, name: str, url: str | None) -> str:
    if url is None:
        return f"{judged} judged in the sample; now the work: python -m tui --db URL --as NAME"
    return f"{judged} judged by {one_line(name, 64)}, all kept"
