"""`kiosk serve`: the kiosk page and the HTTP API."""

from __future__ import annotations

import ipaddress
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading

import typer
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.machine import open_machine
from kiosk.cli.parts import load_settings
from kiosk.cli.texts import Texts
from kiosk.privacy.logs import guard_logs
from kiosk.settings import Settings
from kiosk.web import create_app
from kiosk.web.listening import config_for, server_for

_BACKLOG = 256


def run(*, texts: Texts, lang: str | None, host: str, port: int, workers: int = 1) -> int:
    """Serve until the process is told to stop, then finish the turns in flight."""
    settings = load_settings(texts, lang)
    if workers > 1 and not _is_for_several(settings):
        raise CliError(texts("error.workers", url=settings.database_url))
    # The app opens the database for itself when it runs; what is wrong with it is told here in one line.
    with open_machine(settings):
        pass
    listening = listening_socket(texts, host, port)
    typer.echo(texts("serve.open", url=url_of(listening)))
    if not _is_loopback(host):
        typer.echo(texts("serve.exposed", host=host), err=True)
    if workers > 1:
        os.environ["KIOSK_LANGUAGE"] = settings.language
        return _supervise(listening, workers)
    _prepare_logs()
    server_for(create_app(settings)).run(sockets=[listening])
    return ExitCode.OK


def worker() -> FastAPI:
    """Return the app of one of several processes; it reads its settings from the environment."""
    _prepare_logs()
    threading.Thread(target=_end_with_supervisor, name="kiosk-supervisor", daemon=True).start()
    return create_app()


def _end_with_supervisor() -> None:
    """Finish when the supervisor was killed: nobody else would ever tell its workers to stop."""
    if (supervisor := multiprocessing.parent_process()) is not None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _supervise(listening: socket.socket, workers: int) -> int:
    """Let several processes take requests from one socket; one that dies is replaced."""
    with tempfile.TemporaryDirectory(prefix="kiosk-metrics-") as metrics:
        # Whichever of them is asked tells the metrics of all.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        supervisor = Multiprocess(config_for("kiosk.cli.serve:worker", workers), [listening])
        supervisor.run()
    failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    return ExitCode.INTERNAL if failed else ExitCode.OK


def _prepare_logs() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # The pool says every attempt to connect; that the database is gone, and back, is said once elsewhere.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    guard_logs()


def _is_for_several(settings: Settings) -> bool:
    """Tell whether processes can keep the turns of a conversation apart on this database (`graph.locks`)."""
    if not settings.database_url.startswith("sqlite://"):
        return True
    return sys.platform == "linux" and not settings.database_url.endswith((":memory:", "://", ":///"))


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
