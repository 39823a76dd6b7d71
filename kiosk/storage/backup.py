"""Copies of a shop's SQLite files that can be taken while a server runs, and put back where there is nothing yet."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from kiosk.storage.errors import StorageError
from kiosk.storage.schema import NEWEST

MANIFEST = "backup.json"
"""Written last: a folder without it holds no whole backup."""

_FORMAT = 1
_BUSY_TIMEOUT_S = 30.0
_OWNER_ONLY, _OWNERS_FOLDER = 0o600, 0o700
_BESIDE = ("", "-wal", "-shm", "-journal")
_NOT_HERE = "PostgreSQL has its own tools, pg_dump and pg_restore: see docs/operations.md"
_WRITABLE = "name a place that this process can write, with room for a copy of the database"
_COPIES = {"orders": "kiosk.db", "vault": "kiosk-vault.db"}
"""The order counts: a vault that is newer than the conversations knows all that they name, an older one might not."""


@dataclass(frozen=True)
class Backup:
    """What is in a folder: when it was taken, and the files by what they hold."""

    taken_at: datetime
    files: dict[str, Path]


def back_up(database_url: str, vault_url: str, folder: Path) -> Backup:
    """Copy the database and the vault, each as it stands at one moment; programs go on writing meanwhile.

    Raises:
        StorageError: They are not in SQLite files, cannot be read, or the folder cannot be written or holds a backup.
    """
    sources = _files(database_url, vault_url)
    with _explained(folder):
        folder.mkdir(mode=_OWNERS_FOLDER, parents=True, exist_ok=True)
    taken = [name for name in (MANIFEST, *_COPIES.values()) if (folder / name).exists()]
    if taken:
        raise StorageError(str(folder), f"holds {taken[0]} already", "name a folder that is new or empty")
    began = datetime.now(UTC)
    # As long as nobody has said anything private there is no vault.
    copies = {part: folder / _COPIES[part] for part, source in sources.items() if part != "vault" or source.exists()}
    with _explained(folder), _all_or_none() as made:
        for part, copy in copies.items():
            _copy(sources[part], copy, made)
        digests = {part: {"file": copy.name, "sha256": _digest(copy)} for part, copy in copies.items()}
        manifest = {"format": _FORMAT, "taken_at": began.isoformat(), "schema": NEWEST, "files": digests}
        with _new(folder / MANIFEST) as file:
            file.write(json.dumps(manifest, indent=2).encode())
    return Backup(began, copies)


def restore(database_url: str, vault_url: str, folder: Path) -> Backup:
    """Put a backup where the settings say; both files or none.

    Raises:
        StorageError: The backup is not whole or of a newer release, or there is something in its place.
    """
    targets = _files(database_url, vault_url)
    backup = read(folder)
    for target in targets.values():
        found = [path for end in _BESIDE if (path := Path(f"{target}{end}")).exists()]
        if found:
            remedy = "stop the kiosk, move that file away and repeat, or set KIOSK_DATABASE_URL to another place"
            raise StorageError(str(found[0]), "there is a database already", remedy)
    put = {part: targets[part] for part in backup.files}
    with _all_or_none() as made:
        for part, copy in backup.files.items():
            with _explained(put[part]):
                _put(copy, put[part], made)
    return Backup(backup.taken_at, put)


def read(folder: Path) -> Backup:
    """Return what is in a folder after looking at every byte of it.

    Raises:
        StorageError: It is no backup, was changed, or comes from a newer release.
    """
    manifest = _manifest(folder)
    if manifest["schema"] > NEWEST or manifest["format"] > _FORMAT:
        raise StorageError(str(folder), "comes from a newer release", "install that release")
    files = {part: folder / _COPIES[part] for part in _COPIES if part in manifest["files"]}
    for part, copy in files.items():
        if not copy.is_file() or _digest(copy) != manifest["files"][part]["sha256"]:
            raise StorageError(str(copy), "is missing or was changed since the backup", "use another backup")
    return Backup(datetime.fromisoformat(manifest["taken_at"]), files)


def sqlite_file(url: str) -> Path | None:
    """Return the file that a URL names, None where it names something else."""
    if not url.startswith("sqlite://"):
        return None
    path = url.removeprefix("sqlite://").removeprefix("/")
    return None if path in ("", ":memory:") else Path(path)


def _files(database_url: str, vault_url: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for part, url in (("orders", database_url), ("vault", vault_url)):
        file = sqlite_file(url)
        if file is None:
            raise StorageError(url, f"the {part} are not in a SQLite file", _NOT_HERE)
        found[part] = file
    return found


def _copy(source: Path, target: Path, made: list[Path]) -> None:
    """Copy a database page by page in one go: readers and writers are not kept waiting, and none is half seen."""
    try:
        with _new(target):
            made.append(target)
        # A file that is not there would be created, and an empty backup taken of it.
        uri = f"{source.absolute().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S)) as database,
            closing(sqlite3.connect(target)) as copy,
        ):
            database.backup(copy)
            # Without a log of its own the copy is one file.
            copy.execute("PRAGMA journal_mode = DELETE")
            (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(f"damaged: {found}")
        _settle(target)
    except sqlite3.Error as error:
        raise StorageError(f"sqlite:///{source}", str(error)) from None


def _put(copy: Path, target: Path, made: list[Path]) -> None:
    """Copy a file to where nothing is; it is there whole or not at all."""
    fresh = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        with copy.open("rb") as source, _new(fresh) as file:
            shutil.copyfileobj(source, file)
        os.link(fresh, target)
        made.append(target)
        _settle(target)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that was not there, that its owner alone may read, and that is on the disk afterwards."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _all_or_none() -> Iterator[list[Path]]:
    """Yield a list for the files that are made; where something fails these, and no others, are taken away."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


@contextmanager
def _explained(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(str(place), os.strerror(error.errno or 0), _WRITABLE) from None


def _settle(path: Path) -> None:
    """Wait until a file and its name are on the disk."""
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        manifest["format"], manifest["schema"], manifest["taken_at"], manifest["files"]["orders"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise StorageError(str(folder), f"no backup: {MANIFEST} is missing or cannot be read", "use another") from None
    return manifest
