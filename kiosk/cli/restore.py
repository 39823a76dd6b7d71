"""`kiosk restore`: put a backup where nothing is yet."""

from __future__ import annotations

from pathlib import Path

import typer

from kiosk.cli.backup import as_line, key_of
from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings
from kiosk.cli.texts import Texts
from kiosk.storage.backup import restore


def run(*, texts: Texts, lang: str | None, folder: Path, as_json: bool) -> int:
    """Put the backup back, and say where its key is missing."""
    settings = load_settings(texts, lang)
    with clear_errors():
        put = restore(settings.database_url, settings.vault, folder)
    key = key_of(settings)
    if as_json:
        typer.echo(as_line(put, key))
        return ExitCode.OK
    files = ", ".join(str(file) for file in put.files.values())
    typer.echo(texts("restore.done", files=files, taken_at=put.taken_at.isoformat(timespec="seconds")))
    if "vault" in put.files and settings.key is None and not Path(key).exists():
        typer.echo(texts("restore.no_key", secret=key), err=True)
    return ExitCode.OK
