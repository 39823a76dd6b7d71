"""The `kiosk` command."""

from kiosk.cli.app import main

__all__ = ["main"]
