"""`kiosk chat`: a conversation in the terminal, or with a program over a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module

import typer

from kiosk.cli.cart import cart_lines
from kiosk.cli.conversation import Conversation, View, new_thread_id
from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import log_to_stderr, open_machine
from kiosk.cli.menu import menu_lines
from kiosk.cli.output import Output, for_people, for_programs
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.streams import lines
from kiosk.cli.texts import Texts
from kiosk.menu import Menu


def run(*, texts: Texts, lang: str | None, thread: str | None, as_json: bool) -> int:
    """Talk until the customer leaves; the end of the input and Ctrl-C are ways to leave."""
    settings = load_settings(texts, lang)
    menu = read_menu(settings)
    people = sys.stdin.isatty() and sys.stdout.isatty() and not as_json
    output = for_programs(texts) if as_json else for_people(menu, texts, spoken=people)
    log_to_stderr()
    try:
        with open_machine(settings) as machine:
            chat = Chat(Conversation(machine, thread or new_thread_id()), menu, texts, output)
            if people:
                chat.welcome(resumed=thread is not None)
            for line in _typed(texts) if people else lines(sys.stdin):
                if not chat.take(line):
                    break
    except KeyboardInterrupt:
        pass
    if people:
        typer.echo("\n" + texts("chat.goodbye"))
    return ExitCode.OK


class Chat:
    """Takes the customer's lines one by one: words for the machine, or commands that begin with a slash."""

    def __init__(self, conversation: Conversation, menu: Menu, texts: Texts, output: Output) -> None:
        """Bring together who talks and where the answers go."""
        self._conversation = conversation
        self._menu = menu
        self._texts = texts
        self._output = output
        self._commands: dict[str, Callable[[], None]] = {
            "/cart": self._show_cart,
            "/menu": lambda: self._output.note("menu", "\n".join(menu_lines(menu, texts))),
            "/pay": lambda: self._pay(approved=True),
            "/decline": lambda: self._pay(approved=False),
            "/new": self._start_over,
            "/help": lambda: self._output.note("help", texts("chat.help")),
        }

    def welcome(self, resumed: bool) -> None:
        """Greet a customer at a terminal; one who comes back sees the cart."""
        shop = self._menu.names.get(self._texts.language) or next(iter(self._menu.names.values()))
        typer.echo(self._texts("chat.welcome", shop=shop))
        typer.echo(self._texts("chat.thread", thread=self._conversation.thread_id))
        current = self._conversation.current()
        if resumed and current.order is not None:
            typer.echo(self._texts("chat.resumed"))
            self._output.view(self._conversation.thread_id, current)

    def take(self, line: str) -> bool:
        """Take one line; False: the customer leaves."""
        words = line.strip().casefold()
        if words.removeprefix("/") in self._texts.entry("quit_words"):
            return False
        if words.startswith("/"):
            self._commands.get(words, lambda: self._unknown(words))()
        else:
            self._output.view(self._conversation.thread_id, self._conversation.say(line))
        return True

    def _unknown(self, words: str) -> None:
        command = words.split()[0][:40]
        self._output.note("error", self._texts("chat.unknown_command", command=command))

    def _show_cart(self) -> None:
        current = self._conversation.current()
        if not current.failed and not cart_lines(current.order, self._menu, self._texts):
            current = View(self._texts("cart.empty"), current.order)
        self._output.view(self._conversation.thread_id, current)

    def _pay(self, approved: bool) -> None:
        current = self._conversation.current()
        if current.failed:
            self._output.view(self._conversation.thread_id, current)
        elif current.amount_due is None:
            self._output.note("error", self._texts("chat.nothing_to_pay"))
        else:
            self._output.view(self._conversation.thread_id, self._conversation.pay(approved))

    def _start_over(self) -> None:
        self._conversation.start_over()
        thread_id = self._conversation.thread_id
        self._output.note("thread_id", self._texts("chat.new_thread", thread=thread_id), thread_id)


def _typed(texts: Texts) -> Iterator[str]:
    """Yield what is typed at the terminal, with line editing where the platform has it."""
    with suppress(ImportError):
        import_module("readline")
    while True:
        try:
            yield input(texts("chat.prompt"))
        except EOFError:
            return
