"""The keys of the screens on which texts are changed, in the tables of `screens.keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.keys import Key

if TYPE_CHECKING:
    from textual.binding import BindingType

EDIT_TABLES: dict[str, tuple[Key, ...]] = {
    "revise": (
        Key("save", "ctrl+s", "save", "hand in", "提交", "Hand the revision in; two others will review it. Only when it is valid and changed."),
        Key("editor", "ctrl+o", "own_editor", "$EDITOR", "编辑器", "Write this text in the editor of your own, then come back."),
        Key("distractors", "f4", "distractors", "distractors", "干扰项", "Write wrong responses to an open item."),
        Key("choose", "f3", "choose", "right", "正确", "Make the option with the cursor the right one, or no longer one of the right ones."),
        Key("add", "f5", "add", "add", "添加", "A new option behind the one with the cursor."),
        Key("remove", "f8", "remove", "remove", "删除", "Take the option with the cursor away; letters behind it move up."),
        Key("up", "ctrl+up,ctrl+pageup", "move(-1)", "up", "上移", "Move the option with the cursor up.", False),
        Key("down", "ctrl+down,ctrl+pagedown", "move(1)", "down", "下移", "Move the option with the cursor down.", False),
        Key("put_back", "f9", "put_back", "put back", "恢复", "Take back the last change of the options' number, order or gold letter."),
        Key("plain", "ctrl+l", "plain", "plain answer", "仅答案", "Make the gold answer's text the bare answer again.", False),
        Key("render", "ctrl+b", "render", "options at the end", "附选项",
            "Let the instruction end with the options from now on, one a line.", False),
        Key("give_up", "ctrl+r", "give_up", "can't be mended", "放弃", "The item can't be mended: say why, and it is rejected."),
        Key("leave", "escape", "leave", "leave", "离开", "Back to the item. What you wrote is kept as a draft."),
    ),
    "distractors": (
        Key("done", "ctrl+s", "done", "done", "完成", "Keep these distractors in the revision. Errors must be mended first; warnings need not."),
        Key("editor", "ctrl+o", "own_editor", "$EDITOR", "编辑器", "Write this text in the editor of your own, then come back."),
        Key("from_gold", "f3", "from_gold", "from gold", "取自答案", "Start this distractor from the gold answer, to alter a detail."),
        Key("kind", "f4", "kind", "fine/coarse", "粗细", "Between a fine-grained and a coarse-grained distractor."),
        Key("add", "f5", "add", "add", "添加", "One distractor more."),
        Key("remove", "f8", "remove", "remove", "删除", "Take the distractor with the cursor away."),
        Key("put_back", "f9", "put_back", "put back", "恢复", "Put back the distractor that was taken away last."),
        Key("leave", "escape", "leave", "leave", "离开", "Back, and what was written here is kept in the draft."),
    ),
    "conflict": (
        Key("keep_theirs", "t", "answer('keep_theirs')", "keep theirs", "保留对方", "Leave the item as your colleague made it. Yours stays in the log."),
        Key("offer_mine", "m", "answer('offer_mine')", "offer mine", "提交我的", "Put your revision in its place, as a new one that two others review."),
        Key("go_on", "e,escape", "answer('go_on')", "go on editing", "继续编辑", "Back to your text, to bring both together."),
    ),
    "reason": (
        Key("done", "enter", "done", "done", "完成", "Hand it in."),
        Key("editor", "ctrl+o", "own_editor", "$EDITOR", "编辑器", "Write it in the editor of your own, then come back."),
        Key("cancel", "escape", "cancel", "cancel", "取消", "Leave it; nothing happens."),
    ),
}  # fmt: skip


def edit_bindings(table: str) -> list[BindingType]:
    """Bindings of one table, each with the id `table.name`."""
    from textual.binding import Binding  # a key map is read, with the tables above, before Textual is

    return [
        Binding(k.keys, k.action, k.word, show=k.shown, id=f"{table}.{k.name}", tooltip=k.about)
        for k in EDIT_TABLES[table]
    ]
