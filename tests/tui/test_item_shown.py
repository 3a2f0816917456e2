"""What stands on the item's screen: hints, training, hostile text, options, what to do when nothing waits; and the mouse."""

from __future__ import annotations

from pathlib import Path

from curation.review.hints import Hint
from curation.review.load import load_gold, load_hints
from curation.review.process import Process
from schemas.instance import Distractor, Instance, Message, Source
from screens.keys import OwnKeys
from tests.tui.annotating import candidate, press, review, row, said, settle, shown, terminal, write


async def test_hints_come_after_the_verdict_and_it_may_be_changed(tmp_path: Path) -> None:
    rows = [row(n) for n in range(1, 4)]
    with review(tmp_path, rows) as (store, path):
        load_hints(store, [Hint(rows[0].id, "rule", "rule mojibake: odd", None)])
        with terminal(path) as app:
            async with app.run_test(size=(110, 30)) as pilot:
                await settle(pilot)
                assert "mojibake" not in shown(app)
                await press(pilot, "a")
                assert said(app) == "approved, saved"
                assert "mojibake" in shown(app)
                assert "第1问" in shown(app)
                await press(pilot, "1")
                assert said(app) == "changed to rejected as incorrect, saved"
                assert "第2问" in shown(app)
                assert [v.kept for v in store.desk("lin").recent()] == [False]
                await press(pilot, "u")
                await press(pilot, "u", "a")
                assert "mojibake" in shown(app)
                await press(pilot, "enter")
                assert "第2问" in shown(app)
                assert "mojibake" not in shown(app)
                assert [v.kept for v in store.desk("lin").recent()] == [True]


async def test_training_tells_what_was_right_before_it_goes_on(tmp_path: Path) -> None:
    gold = [
        {"instance": row(n).model_dump(mode="json"), "approve": n % 2 == 1, "why": f"因为{n}"}
        for n in (91, 92)
    ]
    with review(tmp_path, process=Process(training_items=2, training_accuracy=0.5)) as (store, path):
        import orjson

        (tmp_path / "gold.jsonl").write_bytes(b"\n".join(orjson.dumps(g) for g in gold))
        load_gold(store, tmp_path / "gold.jsonl")
        store.enrol("chen")
        with terminal(path, "chen") as app:
            async with app.run_test(size=(110, 30)) as pilot:
                await settle(pilot)
                assert "training 1/2" in shown(app)
                assert "s skip" not in shown(app)
                await press(pilot, "s")
                assert "training 1/2" in shown(app)
                await press(pilot, "a")
                assert "✓ right" in shown(app)
                assert "因为91" in shown(app)
                await press(pilot, "enter", "a")
                assert "✗ wrong" in shown(app)
                assert "it was to be rejected" in shown(app)
                assert "The training is over" in shown(app)
                await press(pilot, "enter")
                assert "filter ·" in shown(app)
                assert "s skip" in shown(app)
        assert store.desk("chen").me.status == "active"


async def test_nothing_waits_is_said_with_what_to_do(tmp_path: Path) -> None:
    with review(tmp_path, 1) as (_, path), terminal(path) as app:
        async with app.run_test(size=(80, 24)) as pilot:
            await settle(pilot)
            await press(pilot, "a")
            assert "nothing waits for you" in shown(app)
            assert "you have judged all that waited for you here" in shown(app)
            await press(pilot, "a", "s", "c", "e")
            assert "nothing waits for you" in shown(app)
            await press(pilot, "u")
            assert "第1问" in shown(app)


HOSTILE = "看\x1b[2J\x1b]0;title\x07\u202etxt\u202c[bold red]红[/] [@click=app.quit]x[/] \r"


async def test_hostile_text_is_shown_not_obeyed(tmp_path: Path) -> None:
    messages = (Message(role="user", content=HOSTILE), Message(role="assistant", content=HOSTILE + "好"))
    made = Instance(
        ability="role_play", form="open", messages=messages, distractors=(Distractor(text=HOSTILE + "坏"),),
        source=Source(name="\x1b[31m", row="1"),
    )  # fmt: skip
    with review(tmp_path, [made]) as (_, path), terminal(path) as app:
        async with app.run_test(size=(120, 30)) as pilot:
            await settle(pilot)
            text = shown(app)
            assert (
                text.count(r"看\x1b[2J\x1b]0;title\x07\u202etxt\u202c[bold red]红[/] [@click=app.quit]x[/]")
                == 3
            )
            await press(pilot, "slash")
            await write(pilot, "看")
            await press(pilot, "enter")
            assert r"source: \x1b[31m" in shown(app)
            assert not set("\x1b\x07\u202e\r") & set(text + shown(app))
            assert app.is_running


async def test_the_mouse_works_on_keys_and_options(tmp_path: Path) -> None:
    made = row(1, "biology", form="choice", choices=("氧气", "氮气"), answer="A", messages=(
        Message(role="user", content="哪个是氧气\nA.氧气\nB.氮气"), Message(role="assistant", content="A"),
    ))  # fmt: skip
    with review(tmp_path, [made, row(2, "biology")]) as (store, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            lines = shown(app).split("\n")
            option = next(n for n, line in enumerate(lines) if "B.氮气" in line)
            await pilot.click(offset=(6, option))
            await settle(pilot)
            assert "incorrect: the answer is B" in shown(app)
            await press(pilot, "escape")
            bar = next(n for n, line in enumerate(shown(app).split("\n")) if "a approve" in line)
            await pilot.click(offset=(4, bar))
            await settle(pilot)
            assert said(app) == "approved, saved"
        assert [v.kept for v in store.desk("lin").recent()] == [True]


async def test_further_lines_of_an_option_begin_under_its_text(tmp_path: Path) -> None:
    long = "氧气，是植物在白天放出来的那一种气体" * 3
    made = row(1, "biology", form="choice", choices=(long, "氮气"), answer="A", messages=(
        Message(role="user", content=f"植物放出什么\nA.{long}\nB.氮气"), Message(role="assistant", content="A"),
    ))  # fmt: skip
    with review(tmp_path, [made]) as (_, path), terminal(path) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            lines = shown(app).split("\n")
            first = next(n for n, line in enumerate(lines) if line.startswith("  ✓ A.氧气"))
            assert lines[first + 1].startswith("      ")
            assert lines[first + 1][6] in long
            # What is selected is the text alone, wherever its lines are broken.
            await pilot.mouse_down(offset=(6, first))
            await pilot.hover(offset=(10, first + 1))
            await pilot.mouse_up(offset=(10, first + 1))
            chosen = app.screen.get_selected_text()
            assert chosen is not None
            assert chosen in long
            assert "  " not in chosen


async def test_the_bar_follows_the_item_and_a_key_mapped_anew_keeps_its_place(tmp_path: Path) -> None:
    keys = OwnKeys({"item.approve": "y", "item.skip": "x,ctrl+y"})
    with review(tmp_path, [row(1), candidate(2)]) as (_, path), terminal(path, keys=keys) as app:
        async with app.run_test(size=(110, 30)) as pilot:
            await settle(pilot)
            bar = shown(app).split("\n")[-2]
            assert bar.startswith(
                " y approve  r reject  1 incorrect  2 not diverse  3 unethical  u undo  x skip  f flag"
            )
            assert "^p commands" in shown(app)
            await press(pilot, "y")
            assert shown(app).split("\n")[-2].startswith(" r reject  1 incorrect")
            assert "e revise" in shown(app)
