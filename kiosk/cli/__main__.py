"""Run the command as `python -m kiosk.cli`."""

from kiosk.cli.app import main

# A worker of `kiosk serve --workers` imports this module too.
if __name__ == "__main__":
    main()
