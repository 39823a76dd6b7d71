"""Where the answers of a conversation go: text for people, one JSON object a turn for programs."""

from __future__ import annotations

import json
from typing import Protocol

import typer

from kiosk.cli.cart import cart_lines
from kiosk.cli.conversation import View
from kiosk.cli.texts import Texts
from kiosk.menu import Menu


class Output(Protocol):
    """Shows turns and notes; each call is flushed, so that a program at the other end never waits."""

    def view(self, thread_id: str, view: View) -> None:
        """Show what came of a turn."""

    def note(self, kind: str, text: str, value: str | None = None) -> None:
        """Show something that is not part of the conversation; programs get `value` where there is one."""


def for_people(menu: Menu, texts: Texts, spoken: bool) -> Output:
    """Return plain text, one block a turn with an empty line after it; `spoken` marks who says what."""
    return _People(menu, texts, spoken)


def for_programs(texts: Texts) -> Output:
    """Return JSON lines."""
    return _Programs(texts)


class _People:
    def __init__(self, menu: Menu, texts: Texts, spoken: bool) -> None:
        self._menu, self._texts, self._spoken = menu, texts, spoken

    def view(self, thread_id: str, view: View) -> None:
        reply = _reply(view, self._texts)
        block = [self._texts("chat.reply", text=reply) if self._spoken else reply] if reply else []
        block += [f"  {line}" for line in cart_lines(view.order, self._menu, self._texts)]
        if view.amount_due is not None:
            block.append(self._texts("chat.terminal", amount=self._texts.money(*view.amount_due)))
        self._show("\n".join(block))

    def note(self, kind: str, text: str, value: str | None = None) -> None:
        self._show(text)

    def _show(self, block: str) -> None:
        typer.echo(f"{block}\n")


class _Programs:
    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def view(self, thread_id: str, view: View) -> None:
        due = view.amount_due
        entry: dict[str, object] = {
            "thread_id": thread_id,
            "reply": _reply(view, self._texts),
            "order": view.order,
            "payment": None if due is None else {"amount": due[0], "currency": due[1]},
            "response": view.response,
            "error": view.failed,
        }
        self._show(entry)

    def note(self, kind: str, text: str, value: str | None = None) -> None:
        self._show({kind: text if value is None else value})

    def _show(self, entry: dict[str, object]) -> None:
        typer.echo(json.dumps(entry, ensure_ascii=False))


def _reply(view: View, texts: Texts) -> str | None:
    """Return what the customer is told; a turn that failed gets a sentence and never the reason."""
    return texts("chat.turn_failed") if view.failed else view.reply
