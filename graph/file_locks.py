"""Locks between the processes of one machine: byte ranges of an empty file beside the database.

They belong to the open file and not to the process (`F_OFD_SETLK`), so that two savers in one process exclude each
other too, and closing one of them does not drop what another holds, as it would with POSIX locks. The kernel frees
them when a process ends, however it ends.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import struct
import sys
import threading

from graph.errors import StorageError

# struct flock of Linux: type, whence, start, length, process id (0 for locks of this kind).
_FLOCK = "hhqqi"
_BUSY = (errno.EAGAIN, errno.EACCES)


class FileLocks:
    """Two bytes of a sparse address space for each conversation: its lock, and the turnstile before it."""

    waits = False

    def __init__(self, path: str) -> None:
        """Open or create the file, readable by its owner only; it stays empty.

        Raises:
            OSError: The file cannot be opened.
        """
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._mutex = threading.Lock()
        self._queued: set[int] = set()
        self._held: set[int] = set()

    def attempt(self, thread_id: str) -> bool:
        """Try to take a lock, or the place before it.

        Raises:
            StorageError: The file system has no locks, or the file is closed.
        """
        place = _place(thread_id)
        with self._mutex:
            if place not in self._queued:
                if not self._lock(place + 1):
                    return False
                self._queued.add(place)
            if not self._lock(place):
                return False
            self._held.add(place)
            self._leave_turnstile(place)
            return True

    def release(self, thread_id: str) -> None:
        """Let go of a lock and of the place before it."""
        place = _place(thread_id)
        with self._mutex:
            if place in self._queued:
                self._leave_turnstile(place)
            if place in self._held:
                self._held.remove(place)
                self._set(fcntl.F_UNLCK, place)

    def close(self) -> None:
        """Let go of all locks."""
        with self._mutex:
            self._queued.clear()
            self._held.clear()
            os.close(self._file)

    def _leave_turnstile(self, place: int) -> None:
        self._queued.remove(place)
        self._set(fcntl.F_UNLCK, place + 1)

    def _lock(self, byte: int) -> bool:
        try:
            self._set(fcntl.F_WRLCK, byte)
        except OSError as error:
            if error.errno in _BUSY:
                return False
            raise StorageError(self._path, str(error)) from None
        return True

    def _set(self, kind: int, byte: int) -> None:
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, byte, 1, 0))


def open_locks(database: str) -> FileLocks | None:
    """Return the locks beside a database file; None where the system has none of this kind.

    Raises:
        OSError: The file of the locks cannot be opened.
    """
    return FileLocks(f"{database}-turns") if sys.platform == "linux" else None


def _place(thread_id: str) -> int:
    """Return an even position that a file may have; two conversations at one place would only wait for each other."""
    digest = hashlib.blake2b(thread_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 2 << 1
