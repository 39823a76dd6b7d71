"""A wire between a client and a server that can be cut: connections break, new ones are refused until it is mended."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

_CHUNK = 65536


class TcpProxy:
    """Passes on what is sent to its port of the loopback while the context is open."""

    def __init__(self, host: str, port: int) -> None:
        """Lead to a server; nothing is passed on yet."""
        self._server = host, port
        self._mutex = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        self.port = 0

    def __enter__(self) -> Self:
        """Begin."""
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.cut()

    def mend(self) -> None:
        """Take connections, on the port of before if there was one."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen()
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._accept, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """Break all connections and refuse new ones."""
        with self._mutex:
            listening, self._listening = self._listening, None
            ends, self._ends = self._ends, set()
        for end in (listening, *ends):
            if end is not None:
                _end(end)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(self._server)
                with self._mutex:
                    is_cut = self._listening is not listening
                    self._ends |= set() if is_cut else {client, server}
                if is_cut:
                    _end(client)
                    _end(server)
                    return
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(source, target), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                target.sendall(data)
        with self._mutex:
            self._ends -= {source, target}
        _end(source)
        _end(target)


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
