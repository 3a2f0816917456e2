"""From the item to where texts are changed, and back with what came of it: a revision, a refusal, or a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from curation.review.kept_draft import restore
from curation.review.records import Revised, Work
from schemas.errors import AbilitymixError
from schemas.instance import Instance
from screens.bars import Said
from screens.conflict import Choice, ConflictScreen
from screens.revise import Declined, ReviseScreen, Revision

if TYPE_CHECKING:
    from screens.app import Terminal
    from screens.item import ItemScreen


class Bench:
    """One item in revision. Drafts go to the store in the background, in order; so does the revision.

    Args:
        item: the screen to come back to.
        work: the item.
        seconds: that it was before one's eyes already.
    """

    def __init__(self, item: ItemScreen, work: Work, seconds: float) -> None:
        self._item, self._work, self._seconds = item, work, seconds
        self._terminal = cast("Terminal", item.app)
        self._desk = self._terminal.clerk.shift.desk
        self._draft: str | None = None  # as it was kept last

    async def open(self, workbench: bool) -> None:
        """Open the editor, with the draft that there is; `workbench`: the distractors at once."""
        self._draft, answered = await self._terminal.ask(lambda: self._desk.draft(self._work), self._say)
        if answered:
            self._terminal.push_screen(self._editor(workbench), self._left)

    def _editor(self, workbench: bool = False, declinable: bool = True) -> ReviseScreen:
        work, ability = self._work, self._terminal.abilities.get(self._work.ability)
        return ReviseScreen(
            work.content, ability, self._draft, self._keep, workbench=workbench, declinable=declinable
        )

    def _keep(self, text: str) -> None:
        self._draft = text
        self._terminal.background(self._keep_draft(text), "drafts")

    async def _keep_draft(self, text: str) -> None:
        try:
            await self._terminal.clerk.ask(lambda: self._desk.save_draft(self._work, text))
        except AbilitymixError as error:
            for said in self._terminal.screen.query(Said):
                said.show(f"DRAFT NOT KEPT: {error.line()}; the text is here still", alarm=True)

    def _left(self, result: Revision) -> None:
        shift = self._terminal.clerk.shift
        if result is None:
            self._say(f"left; your draft is kept, {self._terminal.key_name('item.revise')} opens it again")
        elif isinstance(result, Declined):
            self._item.do(lambda: shift.judge(False, result.reason, self._seconds))
        else:
            self._terminal.background(self._hand_in(result))

    async def _hand_in(self, mine: Instance) -> None:
        done, answered = await self._terminal.ask(
            lambda: self._desk.revise(self._work, mine, seconds=self._seconds), self._refused
        )
        if answered and done is not None:
            self._after(mine, done)

    def _after(self, mine: Instance, done: Revised) -> None:
        shift = self._terminal.clerk.shift
        if done.counted:
            self._item.do(lambda: shift.revised("revision handed in, saved; two others will review it"))
        elif done.theirs is None and not done.by:
            self._item.do(lambda: shift.revised(f"NOT COUNTED, but kept in the log: {done.why}", alarm=True))
        else:
            screen = ConflictScreen(mine, done.theirs, done.by, done.can_offer)
            self._terminal.push_screen(screen, lambda choice: self._chosen(choice, mine, done))

    def _chosen(self, choice: Choice | None, mine: Instance, done: Revised) -> None:
        shift = self._terminal.clerk.shift
        if choice is Choice.OFFER_MINE and done.theirs is not None:
            self._terminal.background(self._offer(mine, done))
        elif choice is Choice.GO_ON:
            # The lease is gone with the other revision: what is made now can only be offered, and not declined.
            screen = self._editor(declinable=False)
            self._terminal.push_screen(screen, lambda again: self._again(again, mine, done))
        else:
            self._item.do(lambda: shift.revised("your colleague's revision stays; yours is kept in the log"))

    def _again(self, again: Revision, mine: Instance, done: Revised) -> None:
        """The same question once more, about what is written now; a draft that is no instance yet waits behind it."""
        if isinstance(again, Instance):
            mine = again
        elif self._draft and (draft := restore(self._work.content, self._draft)) is not None:
            built = draft.build()
            mine = built if isinstance(built, Instance) else mine
        self._after(mine, done)

    async def _offer(self, mine: Instance, done: Revised) -> None:
        theirs = done.theirs
        assert theirs is not None
        offered, answered = await self._terminal.ask(
            lambda: self._desk.offer(self._work.item, mine, theirs.id), self._refused
        )
        if answered and offered is not None:
            self._after(mine, offered)

    def _refused(self, text: str, alarm: bool) -> None:
        key = self._terminal.key_name("item.revise")
        self._say(f"NOT SAVED: {text}; your draft is kept, {key} opens it again", alarm)

    def _say(self, text: str, alarm: bool = False) -> None:
        self._item.query_one(Said).show(text, alarm)
