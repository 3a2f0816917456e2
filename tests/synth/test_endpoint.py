"""Through the real OpenAI client to a small endpoint on the loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from inference.backends import open_backend
from schemas.errors import BadModel
from synth.generate import generate
from synth.result import GenerateResult
from synth.spec import GenerateSpec
from tests.synth.synth_rows import choice

PROMPTS = [choice(i) for i in range(60)]


class Endpoint(ThreadingHTTPServer):
    """Answers with a letter that follows from the row's seed; refuses the key after `left` requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.left, self.slow = 10**9, 0.0
        self.seeds: list[int] = []
        self.most = self.now = 0
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.left -= 1
            refused = self.server.left < 0
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
        time.sleep(self.server.slow)
        with self.server.lock:
            self.server.now -= 1
            if not refused:
                self.server.seeds.append(body["seed"])
        letter = "ABCD我"[body["seed"] % 5]
        said = {
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": letter}, "finish_reason": "stop"}
            ]
        }
        data = json.dumps({"error": {"message": "no"}} if refused else said).encode()
        self.send_response(401 if refused else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def run(endpoint: Endpoint, out: Path, concurrency: int = 4) -> GenerateResult:
    spec = GenerateSpec(backend="openai", model="served", temperature=1.0, concurrency=concurrency)
    backend = open_backend("openai", "served", base_url=f"http://127.0.0.1:{endpoint.server_port}/v1")
    return generate(spec, PROMPTS, backend, out)


def test_concurrency_changes_the_speed_only(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.slow = 0.01
    alone, many = run(endpoint, tmp_path / "1", 1), run(endpoint, tmp_path / "8", 8)
    assert 1 < endpoint.most <= 8
    assert 0 < alone.total.accepted < 60
    for name in ("accepted.jsonl", "rejects.jsonl"):
        assert (alone.path / name).read_bytes() == (many.path / name).read_bytes()


def test_what_an_endpoint_answered_before_it_refused_is_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.left = 25
    with pytest.raises(BadModel, match="refuses the key"):
        run(endpoint, tmp_path)
    assert len(endpoint.seeds) == 25
    endpoint.left = 10**9
    result = run(endpoint, tmp_path)
    assert result.asked == 35
    assert len(set(endpoint.seeds)) == len(endpoint.seeds) == 60  # no answered request was repeated
