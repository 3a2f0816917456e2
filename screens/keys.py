"""The keys: what each does, in a table that the screens, the help, the palette and a user's own key map read.

A key map is a TOML file with a table for each screen, such as `[item]` with `approve = "y"`; several keys stand with commas
between. It is read before Textual is imported, so that a mistake in it is one line.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from schemas.errors import BadSpec, MissingFile
from schemas.nearest import did_you_mean
from schemas.terminal import one_line


class Key(NamedTuple):
    """Args: name: in the key map; keys: as Textual calls them; word: on the key bar; zh: for finding it in the palette;
    about: a sentence for the help; shown: whether it stands on the key bar."""

    name: str
    keys: str
    action: str
    word: str
    zh: str
    about: str
    shown: bool = True


TABLES: dict[str, tuple[Key, ...]] = {
    "everywhere": (
        Key("help", "f1,question_mark", "help", "help", "帮助", "Help for what has the focus, with all its keys."),
        Key("palette", "ctrl+p", "command_palette", "commands", "命令", "Find a command by its name."),
        Key("theme", "f2", "light_or_dark", "light/dark", "明暗", "Between a light and a dark screen.", False),
    ),
    "item": (
        Key("approve", "a", "verdict(True)", "approve", "通过",
            "The instance is right, diverse and harmless: keep it, and show the next one."),
        Key("reject", "r", "reject", "reject", "拒绝",
            "Do not keep it; a line asks why. An item in revision is given up."),
        Key("incorrect", "1", "verdict(False, 'incorrect')", "incorrect", "错误",
            "Reject it: the question or the gold answer is wrong, or not one answer is right."),
        Key("not_diverse", "2", "verdict(False, 'not diverse')", "not diverse", "重复",
            "Reject it: it says what many others say, or follows a pattern."),
        Key("unethical", "3", "verdict(False, 'unethical')", "unethical", "有害",
            "Reject it: it is harmful, hateful, or tells of a private person."),
        Key("go_on", "enter", "go_on", "go on", "继续", "Keep the verdict and show the next item; or look again for one."),
        Key("undo", "u", "undo", "undo", "撤销",
            "Take back your last verdict or revision, also one of an earlier day, and show that item again."),
        Key("skip", "s", "skip", "skip", "跳过", "Leave it to others; it comes back to you when you ask for it in the queue."),
        Key("flag", "f", "flag", "flag", "标记", "Ask whoever leads the review to look at it. It stays where it is."),
        Key("comment", "c", "comment", "comment", "评论", "Say something; colleagues read it once their own verdict is in."),
        Key("revise", "e", "revise", "revise", "修改", "Edit or answer an item that is in revision."),
        Key("distractors", "d", "distractors", "distractors", "干扰项",
            "Write wrong responses to an open item that is in revision."),
        Key("hinted", "h", "hinted", "similar", "相似", "Read the item that a hint names; of several choose one."),
        Key("guidelines", "g", "guidelines", "guide", "准则", "All of the guidelines of the ability; again: back."),
        Key("search", "slash", "search", "search", "搜索", "Find items by their text; two characters are enough."),
        Key("queue", "w", "queue", "queue", "队列",
            "What waits; choose abilities and stages; what you hold, skipped or judged."),
        Key("dashboard", "b", "dashboard", "dashboard", "进度", "Progress, pace, agreement, and what blocks."),
        Key("lesson", "n", "lesson", "next lesson", "下一课", "The next lesson of the tour.", False),
        Key("tour", "t", "tour", "tour", "导览", "Show the tour, or put it away.", False),
        Key("quit", "q", "quit", "quit", "退出", "Leave. Every verdict is kept already; the item stays yours for a while."),
    ),
    "reading": (
        Key("down", "down,j", "scroll_down", "down", "下", "A line down.", False),
        Key("up", "up,k", "scroll_up", "up", "上", "A line up.", False),
        Key("page_down", "pagedown,space", "page_down", "page down", "下页", "A page down.", False),
        Key("page_up", "pageup", "page_up", "page up", "上页", "A page up.", False),
        Key("home", "home", "scroll_home", "top", "开头", "To the top.", False),
        Key("end", "end", "scroll_end", "end", "末尾", "To the end.", False),
    ),
    "queue": (
        Key("toggle", "space", "choose_line", "choose", "选择", "Work on this ability or stage, or not."),
        Key("only", "o", "only", "only this", "只选", "Work on this one alone; again: on all."),
        Key("start", "enter", "start", "open", "打开", "Open what the line names; on an ability or stage: work on what is chosen."),
        Key("return_skipped", "r", "return_skipped", "skipped again", "取回", "Let all that you skipped come again."),
        Key("undo", "u", "undo", "undo", "撤销", "Take back your last verdict or revision and show that item again."),
        Key("back", "escape,w", "back", "back", "返回", "Back to the item."),
    ),
    "dashboard": (
        Key("refresh", "r", "refresh_counts", "count again", "刷新", "Ask the store again."),
        Key("back", "escape,b", "back", "back", "返回", "Back to the item."),
    ),
    "search": (
        Key("open", "enter", "open", "open", "打开", "Read the item that the line names."),
        Key("editor", "ctrl+o", "own_editor", "$EDITOR", "编辑器", "Write the words in the editor of your own, then come back."),
        Key("list", "down", "into_list", "to the list", "列表", "From the words to the list of what was found.", False),
        Key("back", "escape", "back", "back", "返回", "Back to where you came from."),
    ),
    "view": (
        Key("take", "enter", "take", "work on it", "处理", "Lease this item, if you may, and work on it."),
        Key("colleagues", "v", "colleagues", "colleagues", "同事",
            "Verdicts and comments of colleagues, once your own verdict is in. Yours can't be taken back after that."),
        Key("first", "o", "first", "as loaded", "原文", "Between the item as it is and as it was loaded."),
        Key("hinted", "h", "hinted", "similar", "相似", "Read the item that a hint names; of several choose one."),
        Key("flag", "f", "flag", "flag", "标记", "Ask whoever leads the review to look at it."),
        Key("unflag", "g", "unflag", "flag off", "取消标记", "Take its flags off: it was looked at."),
        Key("comment", "c", "comment", "comment", "评论", "Say something about it."),
        Key("back", "escape,q", "back", "back", "返回", "Back to where you came from."),
    ),
    "hinted": (
        Key("open", "enter", "open", "open", "打开", "Read the item that the line names."),
        Key("back", "escape,q", "back", "back", "返回", "Back to where you came from."),
    ),
    "help": (
        Key("back", "escape,q,f1", "back", "back", "返回", "Back to where you came from."),
    ),
    "line": (
        Key("done", "enter", "done", "done", "完成", "Hand the line in."),
        Key("editor", "ctrl+o", "own_editor", "$EDITOR", "编辑器", "Write it in the editor of your own, then come back."),
        Key("cancel", "escape", "cancel", "cancel", "取消", "Leave it; nothing happens."),
    ),
}  # fmt: skip
# What else answers while a screen is open; two of its keys may not be the same.
_WITH = {"item": ("everywhere", "reading"), "view": ("everywhere", "reading"), "queue": ("everywhere",)}
_WITH |= {"dashboard": ("everywhere", "reading"), "hinted": ("everywhere",)}
TYPING = ("search", "line", "revise", "distractors", "reason")  # where letters are text
_WORDS = {
    "enter", "escape", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", "slash", "comma", "full_stop", "question_mark", "exclamation_mark", "at",
    "number_sign", "dollar_sign", "percent_sign", "ampersand", "asterisk", "plus", "minus", "equals_sign",
    "underscore", "colon", "semicolon", "less_than_sign", "greater_than_sign", "left_square_bracket",
    "right_square_bracket", "apostrophe", "quotation_mark", "grave_accent", "tilde", "vertical_line",
    "backslash", "left_parenthesis", "right_parenthesis", "circumflex_accent", "left_curly_bracket",
    "right_curly_bracket",
    *(f"f{n}" for n in range(1, 13)),
}  # fmt: skip
_NAMES = {
    "/": "slash", "?": "question_mark", ".": "full_stop", "-": "minus", "+": "plus", "*": "asterisk", ";": "semicolon",
    ":": "colon", "=": "equals_sign", "!": "exclamation_mark", "[": "left_square_bracket", "]": "right_square_bracket",
    "'": "apostrophe", "`": "grave_accent", "\\": "backslash", "<": "less_than_sign", ">": "greater_than_sign",
    "@": "at", "#": "number_sign", "_": "underscore", "~": "tilde", "|": "vertical_line", " ": "space",
}  # fmt: skip


class OwnKeys(NamedTuple):
    """Args: keymap: `table.name` -> keys; theme: `light`, `dark` or empty."""

    keymap: dict[str, str] = {}
    theme: str = ""


def default_place() -> Path:
    """Where a key map is looked for without `--keys`: `abilitymix/keys.toml` in the user's folder of settings."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "abilitymix" / "keys.toml"


def read_keys(path: Path | None) -> OwnKeys:
    """The key map of a file; without one that of the default place, if there is one.

    Raises:
        MissingFile: no such file. BadSpec: what can't be, in one line.
    """
    if path is None:
        path = default_place()
        if not path.is_file():
            return OwnKeys()
    where = str(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingFile("no such key map", where=where, do="check the path") from None
    except IsADirectoryError:
        raise BadSpec("this is a folder, not a key map", where=where, do="name the TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadSpec(f"not TOML ({error})", where=where, do="mend the file") from None
    theme = values.pop("theme", "")
    if theme not in ("", "light", "dark"):
        raise BadSpec(f"there is no theme {_short(theme)}", where=where, do="use light or dark")
    keymap = dict(_own(values, where))
    _refuse_clashes(keymap, where)
    return OwnKeys(keymap, theme)


def _own(values: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    from screens.edit_keys import EDIT_TABLES  # brings Textual along

    tables = {**TABLES, **EDIT_TABLES}
    for table, rows in values.items():
        if table not in tables:
            what = f"there is no screen {_short(table)}"
            raise BadSpec(what, where=where, do=did_you_mean(table, [*tables, "theme"]))
        if not isinstance(rows, dict):
            raise BadSpec(f"{table} is no table", where=where, do=f"write [{table}] and the keys below it")
        names = [key.name for key in tables[table]]
        for name, keys in rows.items():
            place = f"{where}: [{table}] {_short(name)}"
            if name not in names:
                raise BadSpec("there is no such action", where=place, do=did_you_mean(name, names))
            if not isinstance(keys, str) or not keys.strip():
                raise BadSpec("a key is a text", where=place, do='write for instance "y" or "ctrl+y"')
            yield f"{table}.{name}", ",".join(_key(one, table, place) for one in _parts(keys))


def _parts(keys: str) -> list[str]:
    return [k.strip() or " " for k in keys.split(",")] if keys != "," else ["comma"]


def _key(text: str, table: str, where: str) -> str:
    """Raises BadSpec for what no key is called."""
    *held, last = text.split("+") if text != "+" else [text]
    name = _NAMES.get(last, last)
    plain = len(name) == 1 and name.isalnum() and name.isprintable()
    if not (plain or name in _WORDS) or any(h not in ("ctrl", "shift", "alt", "super") for h in held):
        raise BadSpec(
            f"{_short(text)} is no key", where=where, do=did_you_mean(last, sorted(_WORDS)).split("known")[0]
            or "write a letter, enter, f5, ctrl+y, …"
        )  # fmt: skip
    if why := _taken("+".join([*held, name])):
        raise BadSpec(f"{_short(text)} {why}", where=where, do="take another key")
    printed = not held and (plain or name in set(_NAMES.values()))
    if printed and table in TYPING:
        raise BadSpec(f"{_short(text)} is typed there", where=where, do="take one with ctrl, or f5")
    return "+".join([*held, name])


def _taken(key: str) -> str:
    """Why a key can't be had, if so: it means something on every screen, or a terminal sends another one for it."""
    same = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
    if key in same:
        return f"is {same[key]} to a terminal"
    return {"ctrl+c": "copies on every screen", "ctrl+q": "leaves on every screen"}.get(key, "")


def _refuse_clashes(keymap: Mapping[str, str], where: str) -> None:
    from screens.edit_keys import EDIT_TABLES

    tables = {**TABLES, **EDIT_TABLES}
    for screen in tables:
        taken: dict[str, str] = {}
        for table in (screen, *_WITH.get(screen, ())):
            for key in tables[table]:
                ours = f"{table}.{key.name}"
                for one in keymap.get(ours, key.keys).split(","):
                    if one in taken and {ours, taken[one]} & set(keymap):
                        what = f"{one!r} is both {taken[one]} and {ours}"
                        raise BadSpec(what, where=where, do="give one of them another key")
                    taken.setdefault(one, ours)


def _short(text: object) -> str:
    return one_line(repr(text), 40)
