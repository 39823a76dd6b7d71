"""A mail server on the loopback: it takes every mail and remembers it."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Self


class SmtpServer:
    """Speaks as much SMTP as a client needs to deliver; with `refuses` it takes no recipient."""

    def __init__(self, refuses: bool = False) -> None:
        """Start nothing yet."""
        self.mails: list[str] = []
        mails = self.mails

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 loopback")
                while line := self.rfile.readline().decode().strip():
                    verb = line.split(" ", 1)[0].upper()
                    if verb == "DATA":
                        self.say("354 go on")
                        mails.append(self.mail())
                    elif verb == "RCPT" and refuses:
                        self.say("550 nobody of this name: owner@example.com")
                        continue
                    elif verb == "QUIT":
                        self.say("221 bye")
                        return
                    self.say("250 ok")

            def mail(self) -> str:
                lines = []
                while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(line)
                return "\n".join(lines)

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Its address."""
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self._server.shutdown()
        self._server.server_close()
