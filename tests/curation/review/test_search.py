"""Search by character bigrams, on both databases, against looking at every text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from curation.review.reading import texts
from curation.review.search import Found, begin_load, end_load, find, index_items, reindex
from curation.review.search.grams import MOST, folded, grams, wanted, words
from curation.review.search.places import places
from curation.review.store import ReviewStore
from curation.review.tables import item
from schemas.instance import Instance, Message, Source
from tests.curation.review.review_rows import changed, store_of

TEXTS = [
    "请解释 PyTorch 中的张量。",
    "光合作用吸收二氧化碳",
    "ＰＹＴＯＲＣＨ與漢語：第１題",
    "写一个 C++ 函数 f(x)，返回 a[i] += 3.14",
    "the Quick  brown\nfox",
    "碳",
    "𠮷野家的𠮷",
    "二氧\n化碳与氧化二",
    "100%的<b>把握</b> \x1b[2J \"quoted\" 'single' \\ * ^ ( ) AND OR NOT",
    "naïve ﬁne Straße",
]


class Shelf:
    """An index of its own items over an open store. Texts are where a store has them: elsewhere."""

    def __init__(self, store: ReviewStore) -> None:
        self.store = store
        self.texts: dict[int, str] = {}
        self.abilities: dict[int, str] = {}

    def put(self, rows: Sequence[str], ability: Callable[[int], str] = lambda number: "chinese") -> None:
        first = max(self.texts, default=0) + 1
        new = dict(enumerate(rows, first))
        columns = ("number", "id", "ability", "form", "state", "revisions", "head", "flags")
        filed = [(n, f"{n:064x}", ability(n), "open", "filter", 0, n, 0) for n in new]

        def act(connection: Connection) -> None:
            self.store.database.bulk_insert(connection, item, filed, columns)
            index_items(connection, new.items())

        self.store.database.write(act)
        self.texts |= new
        self.abilities |= {n: ability(n) for n in new}

    def revise(self, number: int, text: str) -> None:
        before = self.texts[number]
        self.store.database.write(lambda c: reindex(c, number, before, text))
        self.texts[number] = text

    def find(self, query: str, limit: int = 50, ability: str | None = None, after: int = 0) -> list[int]:
        def text_of(numbers: Sequence[int]) -> dict[int, str]:
            return {n: self.texts[n] for n in numbers}

        with self.store.database.reading() as connection:
            return find(connection, query, limit, text_of, ability=ability, after=after).numbers

    def by_looking(self, query: str, ability: str | None = None) -> list[int]:
        sought = [folded(word) for word in query.split()]
        return [
            n
            for n, text in self.texts.items()
            if sought
            and all(word in folded(text) for word in sought)
            and ability in (None, self.abilities[n])
        ]


@pytest.fixture
def shelf(database_url: str) -> Iterator[Shelf]:
    with ReviewStore.open(database_url, create=True) as store:
        yield Shelf(store)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("碳", [2, 6, 8]),
        ("二氧", [2, 8]),
        ("二氧化碳", [2, 8]),  # a line break between two Chinese characters is none to a reader
        ("氧二", []),
        ("pytorch", [1, 3]),
        ("ＰｙＴ", [1, 3]),
        ("释 PyTorch 中", [1]),
        ("汉语", [3]),
        ("漢语", [3]),
        ("第1题", [3]),
        ("C++", [4]),
        ("+", [4]),
        ("a[i]", [4]),
        ("3.14", [4]),
        ("3.1 a[i]", [4]),
        ("3.1 a[j]", []),
        ("二氧 吸收", [2]),
        ("吸收　二氧", [2]),
        ("quick brown fox", [5]),
        ("fox quick", [5]),
        ("quickbrown", []),
        ("k b", [5]),
        ("𠮷", [7]),
        ("𠮷野", [7]),
        ("<b>", [9]),
        ('"quoted"', [9]),
        ("'single'", [9]),
        ("* ^ ( ) AND", [9]),
        ("\x1b[2J", [9]),
        ("fine strasse", [10]),
        ("。", [1]),
        ("", []),
        ("  \n", []),
        ("\ud800", []),
        ("\0", []),
    ],
)
def test_finds_what_holds_the_query(shelf: Shelf, query: str, numbers: list[int]) -> None:
    shelf.put(TEXTS)
    assert shelf.find(query) == numbers


_CHARS = st.sampled_from("碳氧化二，。 \nAaＡ1+\"'*漢汉𠮷é¤")
_TEXT = st.text(_CHARS, max_size=12)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(_TEXT, min_size=1, max_size=8),
    edits=st.lists(st.tuples(st.integers(0, 7), _TEXT), max_size=6),
    queries=st.lists(st.text(_CHARS, min_size=1, max_size=5), min_size=1, max_size=5),
)
def test_the_index_agrees_with_looking_at_every_text(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[str],
    edits: list[tuple[int, str]],
    queries: list[str],
) -> None:
    path = tmp_path_factory.mktemp("search") / "review.db"
    with ReviewStore.open(str(path), create=True) as store:
        shelf = Shelf(store)
        shelf.put(rows, lambda n: ("chinese", "my_own")[n % 2])
        for place, text in edits:
            shelf.revise(place % len(rows) + 1, text)
        for query in queries:
            assert shelf.find(query) == shelf.by_looking(query)
            assert shelf.find(query, ability="my_own") == shelf.by_looking(query, "my_own")


def test_many_revisions_leave_nothing_behind(shelf: Shelf) -> None:
    shelf.put(TEXTS, lambda n: "my_own" if n % 2 else "chinese")
    for turn in range(3):
        for number in shelf.texts:
            shelf.revise(number, TEXTS[(number + turn) % len(TEXTS)])
    shelf.put(TEXTS[:2])
    for query in ("碳", "pytorch", "二氧", "c++", "的"):
        assert shelf.find(query) == shelf.by_looking(query)
        for ability in ("my_own", "chinese", "my"):
            assert shelf.find(query, ability=ability) == shelf.by_looking(query, ability)


def test_what_is_loaded_is_found_meanwhile_and_afterwards(shelf: Shelf) -> None:
    for _ in range(2):
        shelf.store.database.write(begin_load)
        shelf.put(TEXTS)
        assert shelf.find("二氧") == shelf.by_looking("二氧")
        shelf.store.database.write(end_load)
        shelf.revise(2, "别的")
        assert shelf.find("二氧") == shelf.by_looking("二氧")
    with shelf.store.database.reading() as connection:
        if connection.dialect.name == "postgresql":
            there = "SELECT indexname FROM pg_indexes WHERE tablename = 'gram'"
            assert "gram_grams" in {name for (name,) in connection.exec_driver_sql(there)}


def test_a_page_after_another_one(shelf: Shelf) -> None:
    shelf.put([f"第{n}题，二氧化碳" for n in range(700)], lambda n: "biology" if n % 7 == 0 else "chinese")
    first = shelf.find("二氧", limit=100)
    assert first == list(range(1, 101))
    assert shelf.find("二氧", limit=100, after=first[-1]) == list(range(101, 201))
    assert len(shelf.find("碳", limit=1000)) == 700
    assert shelf.find("碳", limit=3, ability="biology", after=7) == [14, 21, 28]
    assert shelf.find("第699题") == [700]


def test_a_search_goes_through_everything_or_says_how_far_it_went(shelf: Shelf) -> None:
    """All pairs of 国人大 are in every row, and in a row only in the last one and one of the first."""
    rows = ["中国人民。人大"] * 1_200
    rows[2] = rows[-1] = "国人大代表"
    shelf.put(rows)
    assert shelf.find("国人大") == [3, 1_200]
    looked: list[int] = []

    def text_of(numbers: Sequence[int]) -> dict[int, str]:
        looked.extend(numbers)
        return {n: shelf.texts[n] for n in numbers}

    found, after, turns = [], 0, 0
    with shelf.store.database.reading() as connection:
        while True:
            numbers, far = find(connection, "国人大", 10, text_of, after=after, seconds=0)
            turns += 1
            found += numbers
            if far is None:
                break
            assert looked[-1] == far > after  # some were looked at, however little time there was
            after = far
        assert find(connection, "国人大", 1, text_of) == Found([3], 3)
        assert find(connection, "国人大", 1, text_of, after=3) == Found([1_200], 1_200)
        assert find(connection, "国人大", 1, text_of, after=1_200) == Found([], None)
    assert found == [3, 1_200]
    assert turns > 2


def test_all_candidates_come_whatever_their_number(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where those that the index is asked for at once are more than it gives at once."""
    from curation.review.search import postgres

    monkeypatch.setattr(postgres, "_SORTED", 7)
    monkeypatch.setattr(postgres, "_WINDOW", 40)
    shelf.put(["二氧化碳" if n % 3 == 0 else "水" for n in range(200)])
    assert shelf.find("二氧", limit=100) == shelf.by_looking("二氧")


def test_a_long_query_asks_for_some_of_its_grams(shelf: Shelf) -> None:
    long = "".join(chr(0x4E00 + 7 * n) for n in range(400))
    assert len(wanted([long])) == MOST
    shelf.put(["x", long[:-1] + "好", long])
    assert shelf.find(long) == [3]


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("吸收二氧化碳，放出氧气", "二氧 氧气", ["二氧", "氧气"]),
        ("與漢語有關", "汉语 有关", ["漢語", "有關"]),
        ("与汉语有关", "漢語", ["汉语"]),
        ("ＰｙＴｏｒｃｈ 与 pytorch", "PyTorch", ["ＰｙＴｏｒｃｈ", "pytorch"]),
        ("二氧\n化碳", "二氧化碳", ["二氧\n化碳"]),
        ("the quick\nbrown fox", "QUICK fox", ["quick", "fox"]),
        ("二氧化碳", "二氧 氧化", ["二氧化"]),
        ("cafe\u0301 x", "café", ["cafe\u0301"]),
        ("碳", "", []),
        ("", "碳", []),
    ],
)
def test_where_a_text_holds_what_was_sought(text: str, query: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in places(text, query)] == marked


@given(st.text(_CHARS, max_size=40), st.text(_CHARS, max_size=4))
def test_places_are_of_the_text_and_apart(text: str, query: str) -> None:
    spans = places(text, query)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    if all(word in folded(text) for word in words(query)):
        assert bool(spans) == bool("".join(words(query)).strip())


@given(st.text(), st.text(max_size=8))
def test_what_holds_a_text_has_its_grams(around: str, inner: str) -> None:
    held = folded(around + inner + around)
    for start in range(0, len(held), 3):
        part = held[start : start + 4].strip()
        # Folding is not asked to be stable under cutting: the index holds the grams of what was folded once.
        assert set(wanted([part])) <= grams(around + inner + around)


def items(store: ReviewStore, query: str, **how: Any) -> list[int]:
    return [hit.item for hit in store.search("lin", query, **how).hits]


def test_a_store_finds_by_the_text_that_stands_now(database_url: str, tmp_path: Path) -> None:
    rows = [
        Instance(
            ability="history",
            form="open",
            messages=(
                Message(role="user", content=f"第{n}问"),
                Message(role="assistant", content="公元前221年"),
            ),
            source=Source(name="made", row=str(n)),
        )
        for n in range(3)
    ]
    from curation.review.process import Process

    with store_of(database_url, tmp_path, rows, process=Process(revise=("*",), training_items=0)) as store:
        assert items(store, "第2问") == [3]
        assert items(store, "第", ability="history") == [1, 2, 3]
        assert items(store, "第", ability="math") == []
        for name in ("lin", "wang"):
            work = store.desk(name).take(rows[2].id)
            assert work is not None
            store.desk(name).judge(work, False, "incorrect", then_next=False)
        revising = store.desk("chen").next(["revise"])
        assert revising is not None
        store.desk("chen").revise(revising, changed(revising.content, "秦王政二十六年"))
        assert items(store, "秦王") == [3]
        assert items(store, "221") == [1, 2]
        with store.database.reading() as connection:
            assert "秦王政" in texts(connection, [3])[3]
