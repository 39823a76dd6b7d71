"""`kiosk terminal`: a payment terminal that takes no money, for trying out and testing a server."""

from __future__ import annotations

import typer
import uvicorn

from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.parts import load_settings
from kiosk.cli.serve import listening_socket, url_of
from kiosk.cli.texts import Texts
from kiosk.till.simulator import BEHAVIOURS, Behaviour, SimulatedTerminal


def run(*, texts: Texts, lang: str | None, server: str, port: int, answers: str, delay_s: float) -> int:
    """Answer payment requests until the process is told to stop."""
    settings = load_settings(texts, lang)
    if settings.terminal_secret is None:
        raise CliError(texts("error.no_terminal_secret"))
    behaviours = [_behaviour(texts, answer.strip()) for answer in answers.split(",")]
    terminal = SimulatedTerminal(server, settings.terminal_secret.get_secret_value(), behaviours, delay_s)
    listening = listening_socket(texts, "127.0.0.1", port)
    typer.echo(texts("terminal.open", url=url_of(listening)))
    uvicorn.Server(uvicorn.Config(terminal.app, log_config=None, access_log=False)).run(sockets=[listening])
    terminal.close()
    return ExitCode.OK


def _behaviour(texts: Texts, answer: str) -> Behaviour:
    found = next((known for known in BEHAVIOURS if known == answer), None)
    if found is None:
        raise CliError(texts("error.behaviour", given=answer, known=", ".join(BEHAVIOURS)))
    return found
