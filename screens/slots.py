"""One distractor on the workbench."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from curation.review.distractor_checks import Finding, Kind
from curation.review.drafting import Slot
from screens.diff import Difference
from screens.editor import Editor
from screens.press import Press
from screens.shown import shown_line


class SlotEditor(Editor):
    HELP = """\
One wrong response.

- `f3` starts it from the gold answer, to alter a detail; below it stands what you altered. `ctrl+z` takes it back.
- `f4` turns it from fine-grained to coarse-grained. `f5` adds one, `f8` takes it away, `f9` puts it back.
- `ctrl+o` opens it in the editor of your own; `ctrl+s` keeps all of them.
"""


class SlotBox(Vertical):
    """One distractor: what kind it is, its text, how it differs from the gold answer, what is wrong with it."""

    DEFAULT_CSS = """
    SlotBox { height: auto; margin-bottom: 1;
        & .line { height: 1; }
        & .kind { color: $text; text-style: bold; padding: 0 1 0 0; }
        & .said { height: auto; color: $text-warning; padding: 0 1 0 2; }
        & .said.-blocks { color: $text-error; }
        & Editor { margin-right: 1; }
        & Difference { padding: 0 1 0 2; }
    }
    """

    def __init__(self, place: int, kind: Kind, text: str) -> None:
        super().__init__()
        self.place, self.kind = place, kind
        self.editor = SlotEditor(text, placeholder="a wrong response")
        self._kind = Press(self._word(), "kind", "press for the other kind", classes="kind")
        self._difference = Difference()
        self._said = Static("", classes="said", markup=False)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            yield self._kind
            yield Press("from gold", "from_gold", "start from the gold answer")
            yield Press("✕", "remove", "take away")
        yield self.editor
        yield self._difference
        yield self._said

    @property
    def slot(self) -> Slot:
        return self.kind, self.editor.value

    def say(self, kind: Kind, text: str) -> None:
        self.kind = kind
        self.editor.put(text)
        self._kind.update(self._word())

    def turn(self) -> None:
        self.say("coarse" if self.kind == "fine" else "fine", self.editor.value)

    def judge(self, gold: str, findings: list[Finding]) -> None:
        """Show the difference from the gold answer where it is meant to be small, and the sentences."""
        text = self.editor.value
        fine = self.kind == "fine" and bool(text.strip())
        self._difference.display = fine
        if fine:
            self._difference.compare(gold, text, same="The gold answer as it is: alter a detail.")
        self._said.update("\n".join(("✗ " if f.blocks else "! ") + shown_line(f.sentence) for f in findings))
        self._said.display = bool(findings)
        self._said.set_class(any(f.blocks for f in findings), "-blocks")

    def _word(self) -> str:
        return f"distractor {self.place + 1}: {self.kind + '-grained' if self.kind else 'fine or coarse?'}"
