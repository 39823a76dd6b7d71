"""Run the command as `python -m kiosk.cli`."""

from kiosk.cli.app import main

main()
