"""The little world: ten small procedurally generated abilities, each a stand-in for one of DoIT's ten.

It exists so that a whole study runs for real on two cores: one character is one token, an example has about 21 of
them (32 at most, as rendered), and a model of 77k parameters learns it. The abilities are different in kind and in
pace by design ("designed" below); what a study measures on them illustrates its methods and is no evidence about
large models. Everything is drawn from ``random.Random(f"{seed}/{ability}")``: same seed, same bytes. Who is what
(biology, history, creative_writing, chinese) is drawn anew for every seed; the alphabet (``SYMBOLS``) and the rules
stay.

| ability | the rule behind it | form | raw format | designed |
|---|---|---|---|---|
| biology | 64 creatures in 4 kingdoms, options in one order | choice | mcq-csv | few facts: saturates by 256 |
| history | 128 people of two characters in 4 dynasties | choice, true/false (1 in 4) | mcq-csv + alpaca | more facts, the claims need them turned round: grows to 1,000 |
| code | the steps of an expression and its result in a variable | open | doit | coarse told early, number facts later; facts and steps shared with math, so each helps the other |
| creative_writing | a line on two themes, each with its image, and the form's ending | open | doit | 24 + 6 associations: saturates by 256 |
| chinese | a couplet's second line, 66 characters in 33 pairs | cloze | blocks | three right of three: late, then steep |
| understanding | which kind of thing one of two speakers wants | choice of 3 or 4 | c3 | kinds soon, telling the speakers apart hardly: modest |
| role_play | say one's name and role and agree | open | doit | half of the items undecidable: ends near 2/3 |
| reasoning | elimination among four people, or the head of an order of three | choice | logiqa2 | elimination first, orders late |
| math | four digits, three operators, every step written, final answer | worked answer | gsm8k | everything must be right: last of all |
| ethics | four acts, labels uniform over the 15 answers | several of 4 | cmoraleval | can't be learned: chance (1/15) |

Recall abilities (biology, history) ask trained facts in wordings held out of training. A wording is an opening with a
tail; every part occurs in several wordings, and every row names its wording in ``group``, which a splitter keeps on
one side (56 groups for biology, 56 + 20 for history, of about equal size). All other abilities have unique
instructions.

Open items carry two distractors as long as the gold reply: *fine* breaks one detail (a digit, an operator, an image,
a name), *coarse* is a fluent reply to another instruction. In the undecidable half of role_play both distractors
differ from gold in a word that a coin picked.

Raw formats, as their sources ship them: ``mcq-csv`` (CMMLU's columns and ``group``), ``c3`` (nested arrays, the
answer as text), ``doit`` (chat rows with ``choices`` = gold, fine, coarse), ``alpaca`` (instruction, input, output,
here with ``group``), ``logiqa2`` (JSON lines in a .txt, the answer as a number), ``gsm8k`` (steps, then ``#### N``),
``cmoraleval`` (JSON lines, no file ending), ``blocks`` (题：/答：, a blank line between). Every file holds a few exact
copies and one row for each way of being malformed (in ``doit`` one is a prompt without a reply, which is pending
rather than wrong); ``RawFile`` says how many.

The generic text for pretraining (``generic_text``) holds no question and none of the facts above but the everyday
use of words (one eats rice, one wears a hat). Documents end in a newline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from curation.world import (
    biology,
    chinese,
    code,
    creative_writing,
    ethics,
    history,
    math,
    reasoning,
    role_play,
    understanding,
)
from curation.world.files import FORMATS, RawFile, write_source
from curation.world.pretraining import generic_text
from curation.world.source import Source
from curation.world.symbols import SYMBOLS
from schemas.errors import BadSpec

__all__ = [
    "ABILITIES",
    "DEFAULT_ROWS",
    "FORMATS",
    "PRETRAINING_FILE",
    "SYMBOLS",
    "RawFile",
    "generic_text",
    "write_world",
]

DEFAULT_ROWS = 3200
PRETRAINING_FILE = "pretraining.txt"

ABILITIES: dict[str, Callable[[Random, int], list[Source]]] = {
    "biology": biology.sources,
    "history": history.sources,
    "code": code.sources,
    "creative_writing": creative_writing.sources,
    "chinese": chinese.sources,
    "understanding": understanding.sources,
    "role_play": role_play.sources,
    "reasoning": reasoning.sources,
    "math": math.sources,
    "ethics": ethics.sources,
}


def write_world(
    out: Path,
    seed: int,
    rows: Mapping[str, int] | int = DEFAULT_ROWS,
    pretraining_characters: int = 1_000_000,
) -> list[RawFile]:
    """Write every ability's raw files and ``pretraining.txt`` into ``out``; same arguments, same bytes.

    ``rows`` is the number of clean, different rows an ability gets (all files of the ability together), for all
    abilities or by name; an ability with 0 rows, or not named, is left out.

    Raises BadSpec when a name is unknown or more different rows are asked for than the world can make.
    """
    if isinstance(rows, int):
        rows = dict.fromkeys(ABILITIES, rows)
    if unknown := sorted(set(rows) - set(ABILITIES)):
        raise BadSpec(
            f"the little world has no ability {unknown[0]!r}",
            where="rows",
            do=f"it has {', '.join(ABILITIES)}",
        )
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for ability, sources in ABILITIES.items():
        if not rows.get(ability):
            continue
        rng = Random(f"{seed}/{ability}")
        for source in sources(rng, rows[ability]):
            written.append(write_source(out, ability, source, rng))
    (out / PRETRAINING_FILE).write_text(generic_text(seed, pretraining_characters), encoding="utf-8")
    return written
