"""`python -m tui` from the outside: bad starts in one line, a light `--help`, input methods left alone, the server's door."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from curation.commands.database import VARIABLE
from schemas.cli import ExitCode
from screens.sample import NAME, make_sample
from tests.tui.annotating import press, review, settle, shown, terminal
from tui import main

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--db", "{db}"], ExitCode.BAD_SPEC, "--as: who judges?"),
        (["--as", "lin"], ExitCode.BAD_SPEC, "--db: which review?"),
        (["--db", "{db}", "--as", "lim"], ExitCode.BAD_SPEC, "did you mean 'lin'?"),
        (["--db", "{db}", "--as", "li\x1bn"], ExitCode.BAD_SPEC, "is not enrolled"),
        (["--db", "none.db", "--as", "lin"], ExitCode.MISSING_FILE, "none.db"),
        (["--db", "{db}", "--as", "lin", "--keys", "none.toml"], ExitCode.MISSING_FILE, "none.toml"),
        (["--db", "{db}", "--as", "lin", "--serve", "--port", "99999"], ExitCode.BAD_SPEC, "--port"),
    ],
)
def test_bad_starts_are_one_line(
    words: list[str], code: ExitCode, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("screens.command.require_terminal", lambda: None)
    with review(tmp_path) as (_, path):
        before = sorted(tmp_path.iterdir())
        assert main([word.format(db=path) for word in words]) == code
    told = capsys.readouterr().err
    assert text in told
    assert told.count("\n") == 1
    assert [p for p in sorted(tmp_path.iterdir()) if p not in before] == []


SECRET = "postgresql+psycopg://lin:geheim@127.0.0.1:1/review"


@pytest.mark.parametrize(
    ("words", "where"),
    [(["--as", "lin"], "127.0.0.1"), (["--as", "lin", "--serve"], "127.0.0.1"), ([], "--as: who judges?")],
)
def test_the_database_may_come_by_the_environment_and_its_password_is_not_told(
    words: list[str], where: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.command.require_terminal", lambda: None)
    monkeypatch.setenv(VARIABLE, SECRET)
    assert main(words) != ExitCode.OK
    told = capsys.readouterr()
    assert where in told.err
    assert "geheim" not in told.err + told.out


def test_visitors_processes_get_the_database_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Page:
        def serve(self) -> None:
            found.append(os.environ[VARIABLE])

    def page(command: str, port: int) -> Page:
        found.append(command)
        return Page()

    found: list[str] = []
    monkeypatch.setattr("screens.serve.server", page)
    monkeypatch.setenv(VARIABLE, "another.db")  # which --db goes before
    with review(tmp_path) as (_, path):
        assert main(["--db", path, "--as", "lin", "--serve", "--port", "0"]) == ExitCode.OK
    command, url = found
    assert path not in command
    assert "--as lin" in command
    assert url == path


def test_without_a_terminal_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.FAILED
    assert "this needs a terminal" in capsys.readouterr().err


def test_help_is_light_and_input_methods_are_left_alone() -> None:
    """Textual reads the setting when it is imported, so it counts only in a process that began with this program."""
    code = "import sys, tui\ntry: tui.main(['--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'textual', 'sqlalchemy', 'pydantic'} & set(sys.modules), 'heavy'\n"
    code += "import screens.app, textual.constants; print(textual.constants.DISABLE_KITTY_KEY)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.endswith("True\n"), done.stderr


async def test_the_sample_has_every_form_and_stage_and_hides_what_colleagues_said() -> None:
    with make_sample() as path, terminal(path, NAME, tour=True) as app:
        async with app.run_test(size=(120, 36)) as pilot:
            await settle(pilot)
            seen, forms = set(), set()
            for _ in range(80):
                face = app.item._face
                if face.work is None:
                    break
                seen.add("training" if face.work.training else face.work.stage)
                forms.add(face.work.content.form)
                assert "蝙蝠也是哺乳动物" not in shown(app) or face.work.stage == "revise"
                revising = face.work.stage == "revise" and face.phase == "judge"
                await press(pilot, "1" if revising else "a" if face.phase == "judge" else "enter")
            assert seen == {"training", "filter", "revise", "review"}
            assert forms == {
                "choice", "several_choice", "true_false", "cloze", "worked_answer", "open", "code"
            }  # fmt: skip
            await press(pilot, "b")
            assert "passed" in shown(app)
    assert not Path(path).exists()


async def test_the_page_is_for_this_machine_and_for_its_own_origin_only() -> None:
    from aiohttp.test_utils import TestClient, TestServer

    from screens.serve import server

    async with TestClient(TestServer(await server("true", 8000)._make_app())) as client:
        port = client.port
        page = await client.get("/")
        assert page.status == 200
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        assert set(re.findall(r"https?://[^/\"]+", await page.text())) == {"http://127.0.0.1:8000"}
        for headers in (
            {"Host": "evil.example"},
            {"Origin": "http://evil.example"},
            {"Origin": f"http://127.0.0.1:{port + 1}"},
            {"Origin": "null"},
            {"Host": "[::1"},
            {"Origin": "http://[::1"},
            {"Origin": "http://127.0.0.1:99999"},
        ):
            assert (await client.get("/", headers=headers)).status == 403, headers
        for headers in ({"Host": f"localhost:{port}"}, {"Origin": f"http://localhost:{port}"}):
            assert (await client.get("/", headers=headers)).status == 200, headers
