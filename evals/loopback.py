"""A model server on the loopback that speaks OpenAI's and Ollama's wire protocols, with scripted answers and faults.

The real client libraries talk to it, so what is measured is what runs. It lives in a thread of its own: callers may
block, start event loops, or be slow, and it still answers in time.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

Fault = Literal["hang", "drip", "cut"]
_DRIP_PAUSE_S = 0.05


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the server says to one request.

    `raw` replaces the whole body. `hang` never answers, `drip` sends a few bytes at a time, `cut` closes the connection
    in the middle of the body.
    """

    text: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    fault: Fault | None = None
    finish: str = "stop"
    refusal: str | None = None
    error_code: str | None = None
    tool: str | None = None
    raw: bytes | None = None
    input_tokens: int = 100
    output_tokens: int = 20


Script = Callable[[Asked], Answer]


class LoopbackServer:
    """Answers with `script`, or with the queued answers first; use it as a context manager."""

    def __init__(self, script: Script | Answer | None = None, models: Iterable[str] = ("test-model",)) -> None:
        """Start nothing yet."""
        fixed = script if isinstance(script, Answer) else Answer("{}")
        self._script: Script = script if callable(script) else lambda asked: fixed
        self._queue: deque[Answer] = deque()
        self._models = tuple(models)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        """The base address, without a path."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def chats(self) -> list[Asked]:
        """The requests for an answer, without the probes."""
        return [asked for asked in self.asked if asked.method == "POST"]

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def then(self, *answers: Answer) -> None:
        """Queue answers for the next requests."""
        self._queue.extend(answers)

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._thread.start()
        starting = asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._serve_one(reader, writer):
                    pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = await _read_request(reader)
        self.asked.append(asked)
        if asked.method == "GET":
            writer.write(_head(200, "application/json") + _chunk(self._listing(asked.path)) + _chunk(b""))
            await writer.drain()
            return True
        answer = self._queue.popleft() if self._queue else self._script(asked)
        await asyncio.sleep(3600 if answer.fault == "hang" else answer.delay_s)
        return await _write_answer(writer, asked, answer)

    def _listing(self, path: str) -> bytes:
        if path.startswith("/api/"):
            return json.dumps({"models": [{"name": name, "model": name} for name in self._models]}).encode()
        return json.dumps(
            {"object": "list", "data": [{"id": name, "object": "model"} for name in self._models]}
        ).encode()


async def _read_request(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join([part async for part in _read_chunks(reader)])
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, json.loads(body or b"{}"))


async def _read_chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readline(), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)


async def _write_answer(writer: asyncio.StreamWriter, asked: Asked, answer: Answer) -> bool:
    kind, parts = _body(asked, answer)
    writer.write(_head(answer.status, kind, answer.headers))
    parts = _slices(b"".join(parts)) if answer.fault == "drip" else parts
    if answer.fault == "cut":
        whole = b"".join(parts)
        writer.write(_chunk(whole[: len(whole) // 2]))
        await writer.drain()
        return False
    for part in parts:
        writer.write(_chunk(part))
        await writer.drain()
        await asyncio.sleep(_DRIP_PAUSE_S if answer.fault == "drip" else 0)
    writer.write(_chunk(b""))
    await writer.drain()
    return True


def _head(status: int, kind: str, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} x", f"content-type: {kind}", "transfer-encoding: chunked"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def _slices(data: bytes, size: int = 8) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def _body(asked: Asked, answer: Answer) -> tuple[str, list[bytes]]:
    if answer.raw is not None:
        return "application/json", [answer.raw]
    is_ollama = asked.path.startswith("/api/")
    if answer.status >= 400:
        error: Any = "fault" if is_ollama else {"message": "fault", "type": "fault", "code": answer.error_code}
        return "application/json", [json.dumps({"error": error}).encode()]
    if is_ollama:
        # Ollama streams unless it is told not to.
        streams = asked.body.get("stream", True)
        events = _ollama_events(asked, answer) if streams else [_ollama_whole(asked, answer)]
        return "application/x-ndjson", [json.dumps(event).encode() + b"\n" for event in events]
    if asked.body.get("stream"):
        events = _openai_events(asked, answer)
        lines = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
        return "text/event-stream", [*lines, b"data: [DONE]\n\n"]
    return "application/json", [json.dumps(_openai_whole(asked, answer)).encode()]


def _openai_whole(asked: Asked, answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    if answer.tool:
        call = {"id": "call-1", "type": "function", "function": {"name": answer.tool, "arguments": answer.text}}
        message |= {"content": None, "tool_calls": [call]}
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 0,
        "model": asked.body.get("model"),
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish}],
        "usage": _openai_usage(answer),
    }


def _openai_events(asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    base = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": asked.body.get("model")}
    deltas = [{"index": 0, "delta": {"role": "assistant", "content": part}} for part in _words(answer.text)]
    last = {"index": 0, "delta": {}, "finish_reason": answer.finish}
    events = [{**base, "choices": [delta]} for delta in (*deltas, last)]
    return [*events, {**base, "choices": [], "usage": _openai_usage(answer)}]


def _openai_usage(answer: Answer) -> dict[str, int]:
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens,
        "total_tokens": answer.input_tokens + answer.output_tokens,
    }


def _ollama_events(asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    base = {"model": asked.body.get("model"), "created_at": "2026-01-01T00:00:00Z", "done": False}
    events = [{**base, "message": {"role": "assistant", "content": part}} for part in _words(answer.text)]
    return [*events, {**_ollama_whole(asked, answer), "message": {"role": "assistant", "content": ""}}]


def _ollama_whole(asked: Asked, answer: Answer) -> dict[str, Any]:
    return {
        "model": asked.body.get("model"),
        "created_at": "2026-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": answer.text},
        "done": True,
        "done_reason": answer.finish,
        "prompt_eval_count": answer.input_tokens,
        "eval_count": answer.output_tokens,
    }


def _words(text: str) -> list[str]:
    return text.split(" ") if not text else [part + " " for part in text.split(" ")[:-1]] + [text.split(" ")[-1]]
