"""Pushing to a hub: a real one is out of reach, so a real HTTP server speaks its endpoints; refusals and no network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from schemas.errors import ExitCode
from schemas.jsonl import write_jsonl
from tests.curation.curation_rows import choice

KEY = "hf_a_secret_that_never_shows"


class Hub(ThreadingHTTPServer):
    """What the hub was asked, and what it has."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[str] = []
        self.keys: set[str] = set()
        self.created: dict[str, object] = {}
        self.files: dict[str, bytes] = {}
        self.objects: dict[str, bytes] = {}
        self.refuse = 0


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self._note()
        if self.server.refuse:
            self._answer({"error": "there is no such thing"}, self.server.refuse)
        else:
            self._answer({"name": "me", "type": "user"})

    def do_PUT(self) -> None:
        self._note()
        body = self._body()
        self.server.objects[hashlib.sha256(body).hexdigest()] = body
        self._answer({})

    def do_POST(self) -> None:
        self._note()
        body = self._body()
        server = self.server
        if server.refuse:
            self._answer({"error": "you may not"}, server.refuse)
        elif self.path == "/api/repos/create":
            server.created = json.loads(body)
            self._answer({"url": f"{server.address}/datasets/me/rows", "name": "me/rows"})
        elif self.path == "/api/validate-yaml":
            self._answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            self._answer({"files": [self._upload(file) for file in asked]})
        elif self.path.endswith("/info/lfs/objects/batch"):
            listed = json.loads(body)["objects"]
            found = [
                {**o, "actions": {"upload": {"href": f"{server.address}/put/{o['oid']}"}}} for o in listed
            ]
            self._answer({"transfer": "basic", "objects": found})
        elif "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                value = line["value"]
                if line["key"] == "file":
                    server.files[value["path"]] = base64.b64decode(value["content"])
                elif line["key"] == "lfsFile":
                    server.files[value["path"]] = server.objects[value["oid"]]
            address = f"{server.address}/datasets/me/rows/commit/{'0' * 40}"
            self._answer({"success": True, "commitOid": "0" * 40, "commitUrl": address})
        else:
            self._answer({})

    def _upload(self, file: dict[str, object]) -> dict[str, object]:
        large = str(file["path"]).endswith(".parquet")
        return {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}

    def _note(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.keys.add(self.headers.get("Authorization", ""))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            found = b""
            while size := int(self.rfile.readline(), 16):
                found += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return found
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, value: object, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def push(folder: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    write_jsonl(folder / "train.jsonl", [choice(f"第{i}题", row=str(i)) for i in range(20)])
    command = ["-m", "curation", "export", "train.jsonl", "--out", "out", "--push", "me/rows", *more]
    root = Path(__file__).resolve().parents[3]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    settings = {"PYTHONPATH": str(root), "HF_HOME": str(folder / "home"), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**kept, **settings, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_folder_arrives_whole_and_nothing_of_this_machine_with_it(tmp_path, hub):
    done = push(tmp_path, "--layout", "hf", "--private", HF_TOKEN=KEY, HF_ENDPOINT=hub.address)
    assert (done.returncode, "") == (
        0,
        done.stderr.replace("export: 20/20\n", "").replace("export: 20\n", ""),
    )
    assert "pushed to" in done.stdout
    assert hub.created["name"] == "rows"
    assert hub.created["type"] == "dataset"
    assert hub.created.get("private") is True or hub.created.get("visibility") == "private"
    assert set(hub.files) == {"README.md", "data/train-00000-of-00001.parquet"}
    for name, content in hub.files.items():
        assert (tmp_path / "out" / name).read_bytes() == content
        assert str(tmp_path).encode() not in content
    assert f"Bearer {KEY}" in hub.keys
    assert KEY not in done.stdout + done.stderr
    assert all(KEY.encode() not in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_the_papers_layout_can_be_pushed_too(tmp_path, hub):
    done = push(tmp_path, "--layout", "doit", HF_TOKEN=KEY, HF_ENDPOINT=hub.address)
    assert done.returncode == 0
    assert set(hub.files) == {"README.md", "curated/train/biology_train.json"}


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refusal_is_one_line_and_the_folder_stays(tmp_path, hub, status):
    hub.refuse = status
    done = push(tmp_path, "--layout", "hf", HF_TOKEN=KEY, HF_ENDPOINT=hub.address)
    assert done.returncode == ExitCode.FAILED
    (line,) = [x for x in done.stderr.splitlines() if not x.startswith("export:")]
    assert line.startswith(f"error [failed]: --push me/rows: the hub refuses ({status}")
    assert KEY not in done.stdout + done.stderr
    assert (tmp_path / "out" / "step.json").exists()


def test_no_network_is_one_line(tmp_path, hub):
    hub.shutdown()
    hub.server_close()
    done = push(tmp_path, "--layout", "hf", HF_TOKEN=KEY, HF_ENDPOINT=hub.address)
    assert done.returncode == ExitCode.FAILED
    (line,) = [x for x in done.stderr.splitlines() if not x.startswith("export:")]
    assert "the hub cannot be reached" in line
    assert "run the same command" in line
    offline = push(tmp_path, "--layout", "hf", HF_TOKEN=KEY, HF_HUB_OFFLINE="1")
    assert offline.returncode == ExitCode.FAILED
    assert "cannot be reached" in offline.stderr


@pytest.mark.parametrize(
    ("more", "environment", "words"),
    [
        (("--push", "rows"), {"HF_TOKEN": KEY}, "owner/name"),
        (("--push", "../x/y"), {"HF_TOKEN": KEY}, "owner/name"),
        ((), {}, "no HF_TOKEN"),
        (("--out", "a.json"), {"HF_TOKEN": KEY}, "a single file cannot be pushed"),
    ],
)
def test_what_cannot_be_pushed_is_said_before_the_work(tmp_path, more, environment, words):
    done = push(tmp_path, "--layout", "doit", *more, **environment)
    assert done.returncode == ExitCode.BAD_SPEC
    assert words in done.stderr
    assert not (tmp_path / "out").exists()
