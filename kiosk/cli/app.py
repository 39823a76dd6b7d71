"""The command line: which commands there are and what they take.

What a command needs is imported when that command runs, so that `kiosk --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from kiosk.cli.errors import CliError, ExitCode
from kiosk.cli.streams import as_utf8, discard_output, speak_utf8
from kiosk.cli.texts import LANGUAGES, Texts, interface_language, language_argument, load_texts

_SPOKEN = ("ko", "en", "ja", "zh")

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


def _language(value: str | None) -> str | None:
    if value is not None and value not in LANGUAGES:
        raise typer.BadParameter(" | ".join(LANGUAGES))
    return value


def _spoken(value: str) -> str:
    if value not in _SPOKEN:
        raise typer.BadParameter(" | ".join(_SPOKEN))
    return value


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise typer.BadParameter("0.0 - 1.0")
    return value


LangOption = Annotated[str | None, typer.Option("--lang", callback=_language, metavar="ko|en")]
JsonOption = Annotated[bool, typer.Option("--json")]
ThreadOption = Annotated[str | None, typer.Option("--thread", metavar="ID")]
TextArgument = Annotated[str, typer.Argument(metavar="TEXT")]
FolderArgument = Annotated[Path, typer.Argument(metavar="DIRECTORY")]
EndpointOption = Annotated[str | None, typer.Option("--endpoint", metavar="ID")]
MinimumOption = Annotated[float | None, typer.Option("--min", callback=_share, metavar="SHARE")]
FailuresOption = Annotated[int, typer.Option("--failures", min=0, metavar="N")]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the `kiosk` command and exit with its code."""
    speak_utf8()
    arguments = as_utf8(sys.argv[1:] if arguments is None else arguments)
    build(load_texts(interface_language(language_argument(arguments))))(args=arguments, prog_name="kiosk")


def build(texts: Texts) -> Any:
    """Return the command with its help in the language of `texts`."""
    command: Any = get_command(app)
    command.help = texts("help.app")
    for name, subcommand in command.commands.items():
        subcommand.help = texts(f"help.{name}")
        for parameter in subcommand.params:
            parameter.help = texts(f"help.{parameter.name}")
    for parameter in command.params:
        parameter.help = texts(f"help.{parameter.name}")
    return command


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kiosk {version('kiosk-agent')}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True)] = False) -> None:
    """Hold the options that stand before a command."""


@app.command("chat")
def _chat(thread: ThreadOption = None, as_json: JsonOption = False, lang: LangOption = None) -> None:
    _run("chat", lang, thread=thread, as_json=as_json)


@app.command("ask")
def _ask(text: TextArgument, thread: ThreadOption = None, as_json: JsonOption = False, lang: LangOption = None) -> None:
    _run("ask", lang, text=text, thread=thread, as_json=as_json)


@app.command("menu")
def _menu(as_json: JsonOption = False, lang: LangOption = None) -> None:
    _run("menu", lang, as_json=as_json)


@app.command("eval")
def _eval(
    suites: Annotated[list[str], typer.Argument(metavar="SUITE...")],
    endpoint: EndpointOption = None,
    minimum: MinimumOption = None,
    failures: FailuresOption = 10,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    _run("evaluate", lang, suites=suites, endpoint=endpoint, minimum=minimum, failures=failures, as_json=as_json)


@app.command("generate")
def _generate(
    menu_file: Annotated[Path | None, typer.Option("--menu", metavar="FILE")] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N")] = 1,
    count: Annotated[int, typer.Option("--count", min=1, metavar="N")] = 100,
    spoken: Annotated[str, typer.Option("--lang", callback=_spoken, metavar="ko|en|ja|zh")] = "ko",
) -> None:
    _run("generate", None, menu_file=menu_file, seed=seed, count=count, spoken=spoken)


@app.command("eval-privacy")
def _eval_privacy(
    suite: Annotated[str, typer.Argument(metavar="SUITE")],
    minimum: MinimumOption = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    _run("evaluate_privacy", lang, suite=suite, minimum=minimum, as_json=as_json)


@app.command("eval-prixfixe")
def _eval_prixfixe(
    yaml_suites: Annotated[list[Path], typer.Argument(metavar="SUITE.yaml...")],
    menu_dir: Annotated[Path, typer.Option("--menu-dir", metavar="DIR")],
    minimum: MinimumOption = None,
    failures: FailuresOption = 10,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    options = {"minimum": minimum, "failures": failures, "as_json": as_json}
    _run("evaluate_prixfixe", lang, menu_dir=menu_dir, suites=yaml_suites, **options)


@app.command("eval-foodordering")
def _eval_foodordering(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...")],
    minimum: MinimumOption = None,
    failures: FailuresOption = 10,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    options = {"minimum": minimum, "failures": failures, "as_json": as_json}
    _run("evaluate_foodordering", lang, folders=folders, **options)


@app.command("bench")
def _bench(
    serving: Annotated[bool, typer.Option("--serving")] = False,
    quick: Annotated[bool, typer.Option("--quick")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    _run("bench", lang, serving=serving, quick=quick, as_json=as_json)


@app.command("prompts")
def _prompts(as_json: JsonOption = False, lang: LangOption = None) -> None:
    _run("prompts", lang, as_json=as_json)


@app.command("serve")
def _serve(
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N")] = 8000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, metavar="N")] = 1,
    lang: LangOption = None,
) -> None:
    _run("serve", lang, host=host, port=port, workers=workers)


@app.command("terminal")
def _terminal(
    server: Annotated[str, typer.Option("--server", metavar="URL")] = "http://127.0.0.1:8000",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N")] = 9100,
    answers: Annotated[str, typer.Option("--answers", metavar="LIST")] = "approve",
    delay_s: Annotated[float, typer.Option("--delay", min=0, metavar="SECONDS")] = 1.0,
    lang: LangOption = None,
) -> None:
    _run("terminal", lang, server=server, port=port, answers=answers, delay_s=delay_s)


@app.command("report")
def _report(
    days: Annotated[int | None, typer.Option("--days", min=1, metavar="N")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    _run("report", lang, days=days, html=html, as_json=as_json)


@app.command("health")
def _health(
    strict: Annotated[bool, typer.Option("--strict")] = False, as_json: JsonOption = False, lang: LangOption = None
) -> None:
    _run("health", lang, strict=strict, as_json=as_json)


@app.command("route")
def _route(
    text: TextArgument,
    explain: Annotated[bool, typer.Option("--explain")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    _run("route", lang, text=text, explain=explain, as_json=as_json)


@app.command("purge")
def _purge(
    threads: Annotated[list[str] | None, typer.Option("--thread", metavar="ID")] = None,
    older_than: Annotated[int | None, typer.Option("--older-than", min=0, metavar="DAYS")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    _run("purge", lang, threads=threads or [], older_than=older_than, as_json=as_json)


@app.command("backup")
def _backup(folder: FolderArgument, as_json: JsonOption = False, lang: LangOption = None) -> None:
    _run("backup", lang, folder=folder, as_json=as_json)


@app.command("restore")
def _restore(folder: FolderArgument, as_json: JsonOption = False, lang: LangOption = None) -> None:
    _run("restore", lang, folder=folder, as_json=as_json)


def _run(name: str, lang: str | None, **options: Any) -> None:
    """Run the module of a command and exit: a known problem is one line and code 2, never a traceback."""
    texts = load_texts(interface_language(lang))
    try:
        code = import_module(f"kiosk.cli.{name}").run(texts=texts, lang=lang, **options)
    except CliError as error:
        _complain(texts, str(error))
        code = ExitCode.BAD_INPUT
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        discard_output()
        code = ExitCode.OK
    except Exception as error:
        if os.environ.get("KIOSK_DEBUG"):
            raise
        _complain(texts, texts("error.unexpected", kind=type(error).__name__))
        code = ExitCode.INTERNAL
    raise typer.Exit(int(code))


def _complain(texts: Texts, problem: str) -> None:
    first, *others = problem.splitlines() or [""]
    text = texts("error.more", text=first, count=len(others)) if others else first
    typer.echo(texts("error.prefix", text=text), err=True)
