"""`kiosk serve`: the kiosk page and the HTTP API."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket

import typer
import uvicorn

from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.machine import open_machine
from kiosk.cli.parts import load_settings
from kiosk.cli.texts import Texts
from kiosk.privacy.logs import guard_logs
from kiosk.web import create_app
from kiosk.web.server import FINISH_S

_BACKLOG = 256


def run(*, texts: Texts, lang: str | None, host: str, port: int) -> int:
    """Serve until the process is told to stop, then finish the turns in flight."""
    settings = load_settings(texts, lang)
    # The app opens the database for itself when it runs; what is wrong with it is told here in one line.
    with open_machine(settings):
        pass
    listening = listening_socket(texts, host, port)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    guard_logs()
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,
        # Paths hold the ids of conversations, and whoever knows an id can read the conversation.
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(FINISH_S),
    )
    typer.echo(texts("serve.open", url=url_of(listening)))
    if not _is_loopback(host):
        typer.echo(texts("serve.exposed", host=host), err=True)
    uvicorn.Server(config).run(sockets=[listening])
    return ExitCode.OK


def listening_socket(texts: Texts, host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        CliError: The address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        problem = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror)
        raise CliError(texts("error.address", host=host, port=port, problem=problem)) from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address of a socket that listens, for HTTP."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
