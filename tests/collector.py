"""A trace collector on the loopback that speaks LangSmith's ingest endpoints and keeps every byte it gets."""

from __future__ import annotations

import json
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class TraceCollector:
    """Listens on a free port; use it as a context manager."""

    def __init__(self, *, multipart: bool = False) -> None:
        """Start nothing yet; `multipart` makes clients send the form that hosted LangSmith prefers."""
        self.bodies: list[bytes] = []
        self._multipart = multipart
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The base address."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    @property
    def info(self) -> dict[str, Any]:
        """What a client asks for before it sends."""
        limits = {"size_limit": 100, "size_limit_bytes": 20_000_000, "scale_up_nthreads_limit": 2}
        sizes = {"scale_up_qsize_trigger": 1000, "scale_down_nempty_trigger": 4}
        return {"version": "0", "batch_ingest_config": {"use_multipart_endpoint": self._multipart, **limits, **sizes}}

    @property
    def everything(self) -> bytes:
        """All that has come in, with JSON escapes undone as well, so that nothing hides in a spelling."""
        raw = b"\n".join(self.bodies)
        unescaped = raw.decode(errors="replace").encode("latin-1", "ignore").decode("unicode_escape", "ignore")
        return raw + unescaped.encode()

    def runs(self) -> dict[str, dict[str, Any]]:
        """Return the runs by id, as they are after all updates; for collectors without `multipart`."""
        found: dict[str, dict[str, Any]] = {}
        for body in self.bodies:
            sent = json.loads(body)
            for run in (*sent.get("post", ()), *sent.get("patch", ())):
                known = found.setdefault(run["id"], {})
                known |= {key: value for key, value in run.items() if value is not None}
        return found

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def _handler(collector: TraceCollector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(200, json.dumps(collector.info).encode())

        def do_POST(self) -> None:
            body = self._body()
            # What a client says of itself in headers is an exit as well.
            collector.bodies.append(body)
            self._answer(202, b"{}")

        do_PATCH = do_POST

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") == "chunked":
                return b"".join(iter(self._chunk, b""))
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            return zlib.decompress(body, 47) if self.headers.get("content-encoding") == "gzip" else body

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            return data

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    return Handler
