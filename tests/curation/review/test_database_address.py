"""What may stand after `--db`, and that a password never comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.review.database import open_database
from curation.review.database.address import FileAddress, ServerAddress, read_address
from schemas.errors import AbilitymixError, BadSpec


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("review.db", "review.db"),
        ("/data/审 查.db", "/data/审 查.db"),
        ("sqlite:///review.db", "review.db"),
        ("sqlite:////data/review.db", "/data/review.db"),
        ("SQLite+pysqlite:///a%20b.db", "a%20b.db"),
        ("C:stage.db", "C:stage.db"),
        ("what?.db", "what?.db"),
    ],
)
def test_files(url: str, path: str) -> None:
    assert read_address(url) == FileAddress(Path(path))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_servers(scheme: str) -> None:
    found = read_address(f"{scheme}://lin:a%40b@db.example:5433/review?sslmode=require")
    assert isinstance(found, ServerAddress)
    assert found.url == "postgresql+psycopg://lin:a%40b@db.example:5433/review?sslmode=require"
    assert str(found) == "postgresql+psycopg://lin:***@db.example:5433/review"
    assert "a%40b" not in repr(found)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "in memory"),
        (":memory:", "in memory"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite://review.db", "three slashes"),
        ("sqlite:/review.db", "two slashes"),
        ("sqlite:///review.db?mode=ro", "options"),
        ("file:review.db", "addresses are not taken"),
        ("a\0b", "NUL"),
        ("mysql://lin:secret@h/d", "mysql"),
        ("sqlte:///review.db", "did you mean 'sqlite'"),
        ("postgresql+psycopg2://lin:secret@h/d", "did you mean 'postgresql+psycopg'"),
        ("postgresql:/lin:secret@h/d", "two slashes"),
        ("postgresql://lin:sec@ret:x@h:port/d", "can't be read"),
        ("postgresql://lin:secret@h", "names no database"),
    ],
)
def test_mistakes(url: str, said: str) -> None:
    with pytest.raises(BadSpec) as error:
        read_address(url)
    assert said in error.value.line()
    assert "secret" not in error.value.line()
    assert "sec@" not in error.value.line()


@given(
    secret=st.text(st.sampled_from("abc:/@?#%[] \x1b\n密"), min_size=3).map(lambda text: f"Zq{text}qZ"),
    form=st.sampled_from(
        [
            "postgresql://lin:{}@127.0.0.1:1/review",
            "postgresql://lin:{}@127.0.0.1:1",
            "postgresql://{}@127.0.0.1:1/",
            "postgresql:/lin:{}@h/d",
            "postgresql://lin:1/{}@h/d",
            "postgresql://lin@127.0.0.1:1/d?{}",
            "postgresql://lin@127.0.0.1:1/d?connect_timeout={}",
            "postgresql://lin@127.0.0.1:1/d?password={}",
            "mysql://lin:{}@h/d",
        ]
    ),
)
def test_a_password_of_any_form_never_comes_back(secret: str, form: str) -> None:
    with pytest.raises(AbilitymixError) as error:
        open_database(form.format(secret))
    assert "Zq" not in error.value.line()
    assert "\x1b" not in error.value.line()
