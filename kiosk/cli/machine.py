"""The machine for a command, and the log that a conversation with it may write."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from graph import KioskGraph, StorageError, open_graph
from kiosk.cli.errors import CliError
from kiosk.menu import MenuError
from kiosk.privacy import VaultError
from kiosk.privacy.logs import guard_logs
from kiosk.serving import EndpointsError
from kiosk.settings import Settings

LOG = logging.getLogger("kiosk.cli")


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what an operator can mend into one clear line."""
    try:
        yield
    except (StorageError, MenuError, EndpointsError, VaultError) as error:
        raise CliError(str(error)) from error


@contextmanager
def open_machine(settings: Settings) -> Iterator[KioskGraph]:
    """Open the machine with the database that the settings name."""
    with clear_errors(), open_graph(settings) as machine:
        yield machine


def log_to_stderr() -> None:
    """Let the log of this command go to standard error: classes and codes, never what a customer said."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    LOG.addHandler(handler)
    LOG.propagate = False
    guard_logs(LOG)
