"""From raw sources to a clean, explained pool."""

import sys

from curation.commands import (
    agreement,
    check,
    clusters,
    decontaminate,
    dedup,
    diversity,
    explain,
    export,
    review,
    split,
    standardize,
    store,
    validate,
    world,
)
from schemas.cli import main

# In the order in which one works: every example uses what the ones before it made.
COMMANDS = tuple(
    module.COMMAND
    for module in (
        world,
        standardize,
        validate,
        check,
        dedup,
        clusters,
        diversity,
        split,
        decontaminate,
        export,
        explain,
        review,
        agreement,
        store,
    )
)

if __name__ == "__main__":
    sys.exit(main("curation", "From raw sources to a clean, explained pool.", COMMANDS))
