"""The table of keys and a user's own map of them: whatever is wrong with it is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import BadSpec, MissingFile
from screens.binds import bindings, key_of
from screens.keys import TABLES, OwnKeys, read_keys


def test_every_key_has_an_id_a_sentence_and_no_rival_in_its_table() -> None:
    for table, keys in TABLES.items():
        taken = [one for key in keys for one in key.keys.split(",")]
        assert len(set(taken)) == len(taken), table
        assert len({key.name for key in keys}) == len(keys)
        assert all(key.about.endswith(".") and key.zh and key.word for key in keys)
        assert [b.id for b in bindings(table)] == [f"{table}.{key.name}" for key in keys]  # type: ignore[union-attr]
        assert all(key_of(f"{table}.{key.name}") == key for key in keys)


def test_a_map_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(
        'theme = "light"\n[item]\napprove = "r, ctrl+y"\nreject = "a"\nsearch = "?"\n[everywhere]\nhelp = "f1"\n'
    )
    own = read_keys(path)
    assert own.theme == "light"
    assert own.keymap == {
        "item.approve": "r,ctrl+y", "item.reject": "a", "item.search": "question_mark", "everywhere.help": "f1"
    }  # fmt: skip


def test_the_default_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert read_keys(None) == OwnKeys()
    (tmp_path / "abilitymix").mkdir()
    (tmp_path / "abilitymix" / "keys.toml").write_text('[item]\napprove = "y"\n')
    assert read_keys(None).keymap == {"item.approve": "y"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[item\n", "not TOML"),
        ('[itme]\napprove = "y"', "did you mean 'item'"),
        ('[item]\naprove = "y"', "did you mean 'approve'"),
        ("[item]\napprove = 3", "a key is a text"),
        ('[item]\napprove = "hyper+y"', "is no key"),
        ('[item]\napprove = "entr"', "did you mean 'enter'"),
        ('[item]\napprove = "r"', "'r' is both"),
        ('[item]\napprove = "j"', "'j' is both"),
        ('[search]\nback = "x"', "is typed there"),
        ('[item]\napprove = "ctrl+c"', "copies on every screen"),
        ('[everywhere]\nhelp = "f1,ctrl+q"', "leaves on every screen"),
        ('[revise]\nsave = "ctrl+m"', "is enter to a terminal"),
        ('[revise]\nsave = "x"', "is typed there"),
        ('item = "a"', "is no table"),
        ('theme = "pink"', "there is no theme"),
        ('[item]\n"\\u001b[2J" = "y"', r"\x1b[2J"),
    ],
)
def test_a_bad_map_is_one_line(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text + "\n")
    with pytest.raises(BadSpec) as caught:
        read_keys(path)
    assert what in caught.value.line()
    assert "\n" not in caught.value.line()


def test_a_map_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFile):
        read_keys(tmp_path / "none.toml")
    with pytest.raises(BadSpec, match="folder"):
        read_keys(tmp_path)


def test_the_map_in_the_docs_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text(encoding="utf-8")
    (tmp_path / "keys.toml").write_text(text.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    assert len(read_keys(tmp_path / "keys.toml").keymap) == 4
