"""The endpoint's client talks to a real HTTP server in this process, which answers the chat completions route."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from inference.backends import open_backend
from inference.local import LocalModel
from schemas.errors import BadModel, BadSpec, Failed
from tests.inference.conftest import ask, lessons


class Endpoint(ThreadingHTTPServer):
    """Answers with the prompt backwards; some prompts make it misbehave."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[dict[str, Any]] = []
        self.keys: set[str] = set()
        self.flying = self.most = self.stumbles = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        said = body["messages"][-1]["content"]
        server = self.server
        with server.lock:
            server.seen.append(body)
            server.keys.add(key)
            server.flying += 1
            server.most = max(server.most, server.flying)
            stumble = said == "stumble" and server.stumbles < 2
            server.stumbles += stumble
        # The later a prompt, the sooner its answer: order must be restored by the client.
        time.sleep(max(0.0, 0.06 - 0.004 * len(said)))
        with server.lock:
            server.flying -= 1
        if stumble:
            self.answer(503, {"error": {"message": "busy"}})
        elif key == "wrong":
            self.answer(401, {"error": {"message": f"bad key {key}"}})
        elif body["model"] != "echo":
            self.answer(404, {"error": {"message": "no such model"}})
        elif said == "break":
            self.answer(400, {"error": {"message": f"cannot do it with {key}"}})
        else:
            cut = len(said) > body["max_completion_tokens"]
            text = said[::-1][: body["max_completion_tokens"]]
            choice = {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "length" if cut else "stop",
            }
            usage = {"prompt_tokens": 1, "completion_tokens": len(text), "total_tokens": 1 + len(text)}
            self.answer(
                200,
                {
                    "id": "1",
                    "object": "chat.completion",
                    "created": 1,
                    "model": "echo",
                    "choices": [choice],
                    "usage": usage,
                },
            )

    def answer(self, code: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_replies_come_back_in_order_and_few_at_a_time(endpoint: Endpoint) -> None:
    client = open_backend("openai", "echo", base_url=endpoint.url, concurrency=3)
    prompts = [ask("abcdefghijklmno"[: k + 1]) for k in range(12)]
    replies = client.generate(prompts, 5, temperature=0.5, top_p=0.9, seed=4)
    assert [r.text for r in replies] == [p[0].content[::-1][:5] for p in prompts]
    assert [r.finished for r in replies] == [k < 5 for k in range(12)]
    assert [r.tokens for r in replies] == [min(k + 1, 5) for k in range(12)]
    assert 1 < endpoint.most <= 3
    assert {(b["temperature"], b["top_p"], b["max_completion_tokens"]) for b in endpoint.seen} == {
        (0.5, 0.9, 5)
    }


def test_seeds_follow_the_row_and_not_its_place(endpoint: Endpoint) -> None:
    client = open_backend("openai", "echo", base_url=endpoint.url)
    client.generate([ask("a"), ask("b"), ask("a")], 5, seed=1)
    first = sorted((b["messages"][0]["content"], b["seed"]) for b in endpoint.seen)
    endpoint.seen.clear()
    client.generate([ask("a"), ask("a"), ask("b")], 5, seed=1)
    assert sorted((b["messages"][0]["content"], b["seed"]) for b in endpoint.seen) == first
    assert len({seed for _, seed in first}) == 3
    assert all(0 <= seed < 2**31 for _, seed in first)


def test_a_passing_failure_is_tried_again(endpoint: Endpoint) -> None:
    client = open_backend("openai", "echo", base_url=endpoint.url)
    assert client.generate([ask("stumble")], 20)[0].text == "elbmuts"
    assert len(endpoint.seen) == 3


def test_the_key_goes_to_the_endpoint_and_into_no_message(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-123")
    client = open_backend("openai", "echo", base_url=endpoint.url)
    client.generate([ask("a")], 3)
    assert endpoint.keys == {"sk-secret-123"}
    with pytest.raises(Failed, match=r"cannot do it with \*\*\*") as caught:
        client.generate([ask("break")], 3)
    assert "secret" not in caught.value.line()
    assert "secret" not in repr(client)
    monkeypatch.setenv("OPENAI_API_KEY", "wrong")
    with pytest.raises(BadModel, match="refuses the key; set OPENAI_API_KEY"):
        open_backend("openai", "echo", base_url=endpoint.url).generate([ask("a")], 3)


def test_what_the_endpoint_lacks_is_one_line(endpoint: Endpoint) -> None:
    with pytest.raises(BadModel, match="no such model"):
        open_backend("openai", "other", base_url=endpoint.url).generate([ask("a")], 3)
    nobody = open_backend("openai", "echo", base_url="http://127.0.0.1:9/v1", retries=0)
    with pytest.raises(Failed, match="does not answer"):
        nobody.generate([ask("a")], 3)


def test_the_transformers_backend_is_the_local_model(model: LocalModel, folder: Path) -> None:
    backend = open_backend("transformers", str(folder), device="cpu", dtype=None)
    prompts = [p.prompt for p in lessons()[:9]]
    assert backend.generate(prompts, 5) == model.generate(prompts, 5)
    assert (backend.name, backend.revision) == ("tiny", model.revision)


def test_unknown_backends_and_settings_are_named() -> None:
    with pytest.raises(BadSpec, match="unknown backend 'vlm'"):
        open_backend("vlm", "x")
    with pytest.raises(BadSpec, match=r"unknown setting 'base_ur'.*known: base_url"):
        open_backend("openai", "x", base_ur="y")
