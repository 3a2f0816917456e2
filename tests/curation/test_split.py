from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from curation.split import nested, ordered_groups, split
from curation.split.files import SplitSettings, split_files
from curation.split.records import links_of
from curation.split.sizes import parts_of
from curation.step import read_step
from schemas.errors import BadData, BadSpec, EmptySplit, MissingFile, PoolTooSmall
from schemas.instance import Decision, Instance
from schemas.jsonl import line_blocks, read_jsonl, read_models, write_jsonl
from tests.curation.curation_rows import choice, open_item


def rows(count: int, per_group: int = 1, ability: str = "biology", mark: str = ""):
    return [
        choice(
            f"{mark}问{i}",
            row=str(i),
            ability=ability,
            group=f"g{mark}{i // per_group}" if per_group > 1 else "",
        )
        for i in range(count)
    ]


@given(st.integers(20, 80), st.integers(1, 7), st.integers(0, 5))
def test_whole_groups_on_one_side_and_nothing_lost(count, per_group, seed):
    mine = rows(count, per_group)
    parts = split(mine, {"test": 5, "train": "available"}, seed)
    assert len(parts["test"]) == 5
    ids = [r.id for part in parts.values() for r in part]
    assert sorted(ids) == sorted(r.id for r in mine)
    if per_group > 1:
        assert not {r.source.group for r in parts["test"]} & {r.source.group for r in parts["train"]}
    assert len(parts["unused"]) < per_group


def test_each_ability_fills_its_own_parts_and_the_rest_is_unused():
    parts = split(rows(20) + rows(30, ability="history"), {"test": 4, "train": 10})
    assert [len(parts[p]) for p in ("test", "train", "unused")] == [8, 20, 22]


def test_rows_added_later_move_only_the_edges():
    before = split(rows(400), {"test": 100, "train": "available"})
    after = split(rows(440), {"test": 100, "train": "available"})
    old = {r.id for r in before["test"]}
    assert len(old & {r.id for r in after["test"]}) >= 75
    other = split(rows(400), {"test": 100, "train": "available"}, seed=1)
    assert {r.id for r in other["test"]} != old


def test_too_few_and_none_at_all():
    with pytest.raises(PoolTooSmall, match=r"biology has 5 rows left for the part train, 9 are asked for"):
        split(rows(10), {"test": 5, "train": 9})
    with pytest.raises(EmptySplit, match="biology has no rows left for the part train"):
        split(rows(10), {"test": 10, "train": "available"})
    assert split(rows(10), {"test": 0, "train": "available"})["test"] == []


def test_nested_subsets_do_not_depend_on_the_input_order():
    mine = rows(30)
    assert nested(mine, 3) == nested(mine[::-1], 3)
    assert [r for r in nested(mine + rows(10, mark="新"), 3) if r in mine] == nested(mine, 3)


def test_equal_prompts_and_children_are_groups_in_memory_as_well():
    poems = [open_item("写诗", reply, row=reply) for reply in "春夏秋冬"]
    alone = rows(30)
    child = choice("又一问", row="c").model_copy(update={"parents": (alone[0].id,)})
    groups = ordered_groups([*poems, *alone, child])
    sizes = Counter(len(group) for group in groups)
    assert sizes == {4: 1, 2: 1, 1: 29}
    assert groups == ordered_groups([child, *alone[::-1], *poems[::-1]])


# Files


def divide(
    folder: Path, name: str, mine: list[Instance], sizes: str = "test=5 train=available", **options: Any
):
    """(report, id -> part's name) after dividing `mine` into the folder `name`."""
    write_jsonl(folder / "in.jsonl", mine)
    parts = parts_of([tuple(word.split("=")) for word in sizes.split()])
    extra = {k: options.pop(k) for k in ("previous", "fresh", "clusters", "workers") if k in options}
    wanted = SplitSettings(**{"near": None, **options})
    report = split_files([folder / "in.jsonl"], parts, folder / name, wanted, **extra)
    found: dict[str, str] = {}
    for part in [*(p.name for p in parts), "unused"]:
        for row in read_models(folder / name / f"{part}.jsonl", Instance):
            assert row.id not in found
            found[row.id] = part
    assert sum(report.parts.values()) == len(mine) == len(found)
    return report, found


def sides_of(folder: Path) -> dict[str, str | None]:
    return {row["id"]: row["part"] for _, row in read_jsonl(folder / "sides.jsonl")}


def pool(draw_from: st.DataObject, mark: str, most: int = 40) -> list[Instance]:
    """Rows that share groups, passages, prompts and parents at random."""
    count = draw_from.draw(st.integers(6, most))
    made: list[Instance] = []
    for i in range(count):
        kind = draw_from.draw(st.sampled_from(["alone", "group", "passage", "prompt", "child"]))
        number = draw_from.draw(st.integers(0, 6))
        ability = draw_from.draw(st.sampled_from(["biology", "history"]))
        group = f"g{number}" if kind == "group" else ""
        question = f"{mark}问{i}"
        if kind == "passage":
            question = f"{'甲乙丙丁戊己庚'[number] * 45}\n{question}"
        options = ("甲", "乙", f"{mark}{i}")
        if kind == "prompt":
            question, options = f"同一题{number}", ("甲", "乙")
        row = choice(question, "AB"[i % 2], row=f"{mark}{i}", ability=ability, group=group, options=options)
        if kind == "child" and made:
            row = row.model_copy(update={"parents": (made[number % len(made)].id,)})
        made.append(row)
    return list({row.id: row for row in made}.values())


def keys_by_row(mine: list[Instance]) -> list[tuple[str, set[int]]]:
    return [(row.id, {key for _, key in links_of(row)}) for row in mine]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    sizes=st.sampled_from(["test=2 train=available", "test=0.3 dev=0.2 train=available", "dev=2 test=20%"]),
)
def test_linked_rows_stand_on_one_side_and_additions_move_none(tmp_path_factory, data, sizes):
    folder = tmp_path_factory.mktemp("split")
    first, more = pool(data, "旧"), pool(data, "新")
    try:
        _, before = divide(folder, "one", first, sizes)
    except (PoolTooSmall, EmptySplit):
        assume(False)
    sides = sides_of(folder / "one")
    assert _apart(first, sides) == 0
    mixed = data.draw(st.permutations([*first, *(row for row in more if row.id not in before)]))
    report, after = divide(folder, "two", mixed, sizes, previous=folder / "one")
    now = sides_of(folder / "two")
    for identity, part in before.items():
        if sides[identity] is not None:
            assert now[identity] == sides[identity]
        if part != "unused":
            assert after[identity] == part
    assert _apart(mixed, now) == 0
    assert report.kept == sum(side is not None for side in sides.values())
    for number, size in [
        (p.name, int(p.size))
        for p in parts_of([tuple(w.split("=")) for w in sizes.split()])
        if p.kind == "count"
    ]:
        for ability in ("biology", "history"):
            assert sum(after[r.id] == number and r.ability == ability for r in mixed) <= size
    # Once more from its own folder: nothing moves, and every byte is the same.
    files = {f.name: f.read_bytes() for f in (folder / "two").iterdir() if f.name != "step.json"}
    divide(folder, "two", mixed, sizes)
    assert files == {f.name: f.read_bytes() for f in (folder / "two").iterdir() if f.name != "step.json"}


def _apart(mine: list[Instance], sides: dict[str, str | None]) -> int:
    """Keys whose rows stand on more than one side."""
    found: dict[int, set[str]] = {}
    for identity, keys in keys_by_row(mine):
        for key in keys:
            if sides[identity] is not None:
                found.setdefault(key, set()).add(str(sides[identity]))
    return sum(len(parts) > 1 for parts in found.values())


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_order_of_rows_files_and_workers_decides_nothing(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("split")
    mine = pool(data, "题")
    turned = data.draw(st.permutations(mine))
    try:
        _, one = divide(folder, "one", mine, "test=2 train=available")
    except (PoolTooSmall, EmptySplit):
        assume(False)
    assert divide(folder, "two", turned, "test=2 train=available")[1] == one


def test_several_blocks_and_workers_write_the_same_bytes(tmp_path, monkeypatch):
    mine = [*rows(300), *rows(300, 3, "history", "史")]
    divide(tmp_path, "one", mine, nested=(1, 4))
    monkeypatch.setattr("curation.blockwise.line_blocks", lambda path: line_blocks(path, 3000))
    divide(tmp_path, "two", mine, nested=(1, 4), workers=2)
    for file in (tmp_path / "one").glob("*.jsonl"):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_a_row_that_ties_two_sides_together_is_in_no_part(tmp_path):
    first = rows(40, 2)
    _, before = divide(tmp_path, "one", first, "test=10 train=available")
    by_part = {part: next(r for r in first if before[r.id] == part) for part in ("test", "train")}
    bridge = choice("新题", row="b", group=by_part["test"].source.group).model_copy(
        update={"parents": (by_part["train"].id,)}
    )
    friend = choice("又一新题", row="f", group=by_part["train"].source.group)
    report, after = divide(
        tmp_path, "two", [*first, bridge, friend], "test=10 train=available", previous=tmp_path / "one"
    )
    assert (after[bridge.id], after[friend.id]) == ("unused", "train")
    assert report.unused == {"bridge": 1}
    (decision,) = read_models(tmp_path / "two/decisions.jsonl", Decision)
    assert (decision.subject, decision.rule) == (bridge.id, "bridge")
    assert any("tie rows of two sides" in note for note in report.notes)
    # A chain of new rows ties as well as one row does.
    chain = [
        choice("一环", row="c1", group=by_part["test"].source.group),
        choice("二环", row="c2", group=by_part["train"].source.group),
    ]
    chain[1] = chain[1].model_copy(update={"parents": (chain[0].id,)})
    assert divide(tmp_path, "three", [*first, *chain], "test=10 train=available", previous=tmp_path / "one")[
        0
    ].unused == {"bridge": 2}


def test_removed_rows_free_their_places_and_return_to_them(tmp_path):
    mine = rows(40)
    sizes = "test=10 train=20"
    _, before = divide(tmp_path, "out", mine, sizes)
    gone = [r for r in mine if before[r.id] == "test"][:3]
    _, after = divide(tmp_path, "out", [r for r in mine if r not in gone], sizes)
    taken = [i for i, part in after.items() if part == "test" and before[i] != "test"]
    assert len(taken) == 3
    assert all(before[i] == "unused" for i in taken)
    _, again = divide(tmp_path, "out", mine, sizes)
    assert [again[r.id] for r in gone] == ["unused"] * 3
    assert sides_of(tmp_path / "out")[gone[0].id] == "test"
    assert all(again[i] == "test" for i in taken)


def test_a_full_part_takes_no_more_and_says_when_it_cannot_be_filled(tmp_path):
    first = rows(20, 2)
    _, before = divide(tmp_path, "one", first, "test=4 train=available")
    tested = next(r for r in first if before[r.id] == "test")
    more = choice("又问", row="m", group=tested.source.group)
    report, after = divide(
        tmp_path, "two", [*first, more], "test=4 train=available", previous=tmp_path / "one"
    )
    assert after[more.id] == "unused"
    assert report.unused == {"cut": 1}
    report, _ = divide(tmp_path, "three", first, "test=6 train=available", previous=tmp_path / "one")
    assert "biology: test has 4 of 6 rows; the others stand on other sides already" in report.notes


def test_nested_subsets_are_the_rows_that_mixes_draw(tmp_path):
    mine = [*rows(60), *rows(30, ability="history", mark="史")]
    divide(tmp_path, "out", mine, seed=3, nested=(1, 4, 16, 64))
    found = {
        n: [(r.ability, r.id) for r in read_models(tmp_path / f"out/train.n{n}.jsonl", Instance)]
        for n in (1, 4, 16, 64)
    }
    train = list(read_models(tmp_path / "out/train.jsonl", Instance))
    for n, drawn in found.items():
        expected = [
            (ability, row.id)
            for ability in ("biology", "history")
            for row in nested([r for r in train if r.ability == ability], 3)[:n]
        ]
        assert drawn == expected
    assert set(found[1]) < set(found[4]) < set(found[16]) < set(found[64])
    grown = [*mine, *rows(200, mark="后")]
    divide(tmp_path, "out", grown, seed=3, nested=(16,))
    order = [i for _, i in found[64]]
    kept = [r.id for r in read_models(tmp_path / "out/train.n16.jsonl", Instance) if r.id in order]
    assert kept == [i for i in order if i in kept]


def test_parts_with_a_count_resemble_the_ability(tmp_path):
    mine = [
        choice(f"{source}问{i}", row=str(i), source=source)
        for source, count in (("大", 600), ("中", 300), ("小", 100))
        for i in range(count)
    ]
    _, found = divide(tmp_path, "one", mine, "test=100 train=available")
    tested = Counter(r.source.name for r in mine if found[r.id] == "test")
    assert all(abs(tested[name] - share) <= 1 for name, share in (("大", 60), ("中", 30), ("小", 10)))
    singles = [choice(f"问{i}", row=str(i), source=f"源{i}") for i in range(400)]
    _, found = divide(tmp_path, "two", singles, "test=40 train=available")
    assert Counter(found.values()) == {"test": 40, "train": 360}
    _, other = divide(tmp_path, "three", mine, "test=100 train=available", stratify=False)
    assert Counter(other.values())["test"] == 100


def test_shares_move_nothing_without_any_memory(tmp_path):
    _, before = divide(tmp_path, "one", rows(400, 2), "test=0.1 dev=10% train=available")
    _, after = divide(
        tmp_path, "two", [*rows(300, mark="新"), *rows(400, 2)], "test=0.1 dev=10% train=available"
    )
    assert all(after[i] == part for i, part in before.items())
    assert 20 <= Counter(before.values())["test"] <= 60


def test_large_groups_are_no_more_often_tested(tmp_path):
    """A component's rank is that of one of its rows, not the least of all."""
    tested = 0
    for seed in range(30):
        big = [choice(f"大{i}", row=str(i)) for i in range(20)]
        big = [r.model_copy(update={"parents": (big[0].id,)}) if i else r for i, r in enumerate(big)]
        _, found = divide(tmp_path, f"out{seed}", [*big, *rows(180)], "test=0.2 train=available", seed=seed)
        tested += found[big[0].id] == "test"
    assert tested <= 14


def test_giants_are_noticed_and_said(tmp_path):
    preamble = "请仔细阅读下面的题目，按照要求作答，答案要完整准确，语言要通顺流畅，不要写与题目无关的内容，谢谢合作。"
    soft = [choice(f"{preamble}\n第{i}问", row=str(i)) for i in range(150)]
    report, found = divide(tmp_path, "one", [*soft, *rows(50)], "test=20 train=available")
    assert any("150 of 200 rows of biology hang together by wording alone" in note for note in report.notes)
    assert any(found[r.id] == "test" for r in soft)
    hard = [choice(f"第{i}问", row=str(i), group="一个") for i in range(150)]
    report, found = divide(tmp_path, "two", [*hard, *rows(50)], "test=20 train=available")
    assert any("they stand in train as a whole" in note for note in report.notes)
    assert {found[r.id] for r in hard} == {"train"}


def test_near_duplicates_stand_on_one_side(tmp_path):
    text = "湖边住着{}户人家他们每天清晨划船出去打鱼到了傍晚才带着满满的鱼篓回来分给邻里的老人和孩子你说第{}家有几个人"
    pairs = [
        [
            choice(text.format("三五七九"[i % 4] * 3 + str(i) * 9, str(i) * 9) + end, row=f"{i}{end}")
            for end in ("", "呢")
        ]
        for i in range(30)
    ]
    mine = [row for pair in pairs for row in pair]
    report, found = divide(tmp_path, "one", mine, "test=20 train=available", near=0.8)
    assert all(found[one.id] == found[other.id] for one, other in pairs)
    assert report.links["near"] == 60
    _, apart = divide(tmp_path, "two", mine, "test=20 train=available")
    assert any(apart[one.id] != apart[other.id] for one, other in pairs)


def test_a_template_of_half_an_ability_is_divided_all_the_same(tmp_path):
    mine = [choice(f"请你算一算下面这道应用题的结果是多少：一共有{i}只鲸", row=str(i)) for i in range(200)]
    report, found = divide(tmp_path, "one", mine, "test=40 train=available", near=0.7)
    assert any("hang together by wording alone" in note for note in report.notes)
    assert Counter(found.values()) == {"test": 40, "train": 160}


def test_clusters_of_dedup_stand_on_one_side(tmp_path):
    mine = rows(60)
    clusters = tmp_path / "clusters.jsonl"
    pairs = [{"members": [{"id": mine[i].id}, {"id": mine[i + 30].id}]} for i in range(30)]
    write_jsonl(clusters, pairs)
    report, found = divide(tmp_path, "out", mine, "test=20 train=available", clusters=clusters)
    assert all(found[a["members"][0]["id"]] == found[a["members"][1]["id"]] for a in pairs)
    assert report.links["cluster"] == 60
    write_jsonl(clusters, [{"members": [{"row": "s:1"}]}])
    with pytest.raises(BadData, match=r"clusters\.jsonl:1"):
        divide(tmp_path, "out2", mine, clusters=clusters)


def test_an_earlier_split_that_does_not_fit_is_named(tmp_path):
    mine = rows(30)
    divide(tmp_path, "out", mine, "dev=5 train=available")
    with pytest.raises(BadSpec, match="a part 'dev'"):
        divide(tmp_path, "out", mine)
    with pytest.raises(BadSpec, match="seed 0"):
        divide(tmp_path, "out", mine, "dev=5 train=available", seed=1)
    divide(tmp_path, "out", mine, "dev=5 train=available", seed=1, fresh=True)
    with pytest.raises(MissingFile, match=r"sides\.jsonl"):
        divide(tmp_path, "two", mine, previous=tmp_path / "nowhere")
    with pytest.raises(BadSpec, match="overwritten"):
        split_files([tmp_path / "out/train.jsonl"], parts_of([("train", "available")]), tmp_path / "out")
    step = read_step(tmp_path / "out")
    assert step is not None
    assert step.settings["parts"] == {"dev": "5", "train": "available"}


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([("../x", "2")], "cannot be called"),
        ([("unused", "2")], "cannot be called"),
        ([("a", "1"), ("a", "2")], "given twice"),
        ([("a", "available"), ("b", "2")], "nothing is left"),
        ([("a", "0.6"), ("b", "50%")], "add up to 1.1"),
        ([("a", "many")], "no number of rows"),
        ([("a", "1.5")], "no number of rows"),
        ([("a", "٣")], "no number of rows"),
        ([], "no part"),
    ],
)
def test_sizes_that_cannot_be_read(texts, words):
    with pytest.raises(BadSpec, match=words):
        parts_of(texts)
