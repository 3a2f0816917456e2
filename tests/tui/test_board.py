"""What the dashboard says: fits, names its columns, and does not contradict itself."""

from __future__ import annotations

from typing import Any

import pytest

from curation.review.agreement.short import Short
from curation.review.dashboard import AbilityProgress, Dashboard, OwnPace
from schemas.text_table import width
from screens.board import COLUMNS, bar, own_work, table, whole


def progress(loaded: int, **fields: int) -> AbilityProgress:
    states: dict[str, int] = {
        state: fields.pop(state, 0) for state in ("filter", "revise", "review", "passed", "rejected")
    }
    values: dict[str, Any] = {
        "filtered": 0,
        "filter_kept": 0,
        "reviewed": 0,
        "review_kept": 0,
        "revised": 0,
        "verdicts_left": 0,
    }
    values.update(fields)
    return AbilityProgress(ability="history", loaded=loaded, states=states, **values)


def board(*abilities: AbilityProgress, own: tuple[int, float] = (0, 0.0), lately: int = 0) -> Dashboard:
    verdicts, seconds = own
    pace = OwnPace(
        verdicts=verdicts,
        seconds=seconds,
        recent_verdicts=verdicts,
        recent_seconds=seconds,
        revised=0,
        late=0,
    )
    return Dashboard(
        abilities=abilities,
        own=pace,
        annotators=2,
        in_training=0,
        leases=1,
        verdicts_recent=verdicts,
        seconds_recent=seconds,
        blocking=(),
        flagged=(),
        patterns={},
        lately=lately,
    )


TITLES = ["Humanity: History 文科：历史", "Dialogue Understanding 对话理解"]


@pytest.mark.parametrize("room", [154, 114, 104, 90, 74, 60, 54])
@pytest.mark.parametrize("loaded", [5, 1_000_000])
def test_no_line_of_the_table_is_wider_than_its_room(room: int, loaded: int) -> None:
    rows = [
        progress(loaded, filter=loaded, passed=loaded // 2, filtered=loaded, verdicts_left=2 * loaded)
    ] * 2
    lines = table(rows, TITLES, {"history": Short(0.92, 0.4, 0.9)}, room).split("\n")
    assert max(width(line) for line in lines) <= max(room, 70 if loaded > 5 else 0)
    rule = lines[1].split("  ")
    assert all(set(part) == {"─"} for part in rule)
    heads, brief = [c.head for c in COLUMNS], [c.brief for c in COLUMNS]
    assert len(lines[0].replace("pass rate", "pass_rate").split()) == len(rule)  # no column without a name
    assert set(lines[0].replace("pass rate", "pass_rate").split()) <= {
        "ability",
        *(head.replace(" ", "_") for head in (*heads, *brief)),
    }
    assert "left" in lines[0]
    if room >= 104 and loaded == 5:
        assert "progress" in lines[0]


def test_bars_of_two_rows_stay_apart() -> None:
    assert bar(0.0, 4) == "····"
    assert bar(0.375, 4) == "━╸··"
    assert bar(1.0, 4) == "━━━━"
    assert not set("█░▏▎▍▌▋▊▉") & set(bar(0.33, 10))


def test_what_is_left_is_the_same_in_every_line() -> None:
    d = board(progress(5, filter=2, revise=2, passed=1, verdicts_left=3, reviews_to_come=4), own=(14, 70.0))
    assert d.abilities[0].left == 9
    assert table(d.abilities, TITLES[:1], {}, 104).split("\n")[2].split()[-1] == "9"
    assert "4 items left: 9 verdicts and revisions at least" in whole(d, 30)[1]
    assert own_work(d) == [
        "14 verdicts, 0 revisions",
        "last seven days: 14 verdicts, 5 s each: 720 in an hour of reading",
        "everybody: 14 verdicts in seven days; the 7 that are left take 4 days at that pace, and 2 revisions before them",
    ]


def test_seconds_that_were_not_measured_are_not_told() -> None:
    assert own_work(board(own=(2, 0.1))) == ["2 verdicts, 0 revisions", "last seven days: 2 verdicts"]


def test_verdicts_that_are_not_told_yet_are_spoken_of() -> None:
    assert "told yet" not in "\n".join(whole(board(progress(1, filter=1)), 30))
    assert "What came of one of your last verdicts is not told yet" in whole(board(lately=1), 30)[-1]
    assert "What came of 3 of your last verdicts is not told yet: they can" in whole(board(lately=3), 30)[-1]
