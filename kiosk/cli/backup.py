"""`kiosk backup`: copy conversations, orders and the vault while a server runs."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings
from kiosk.cli.texts import Texts
from kiosk.privacy.vault_rows import key_file
from kiosk.settings import Settings
from kiosk.storage.backup import Backup, back_up, sqlite_file


def run(*, texts: Texts, lang: str | None, folder: Path, as_json: bool) -> int:
    """Take the backup, and say which key must be kept elsewhere: with it whoever has the copies can read them."""
    settings = load_settings(texts, lang)
    with clear_errors():
        taken = back_up(settings.database_url, settings.vault, folder)
    key = key_of(settings)
    if as_json:
        typer.echo(as_line(taken, key))
    else:
        typer.echo(texts("backup.taken", folder=folder, files=", ".join(file.name for file in taken.files.values())))
        typer.echo(texts("backup.key", secret=key))
    return ExitCode.OK


def key_of(settings: Settings) -> str:
    """Name what opens the vault: the setting, or the file that stands in for it."""
    vault = sqlite_file(settings.vault)
    return "KIOSK_ENCRYPTION_KEY" if settings.key or vault is None else str(key_file(vault))


def as_line(backup: Backup, key: str) -> str:
    """Return a backup as a line of JSON."""
    files = {part: str(file) for part, file in backup.files.items()}
    return json.dumps({"taken_at": backup.taken_at.isoformat(), "files": files, "key": key}, ensure_ascii=False)
