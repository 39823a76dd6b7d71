"""One customer's conversation with the machine, as the terminal needs it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import StorageError
from kiosk.cli.machine import LOG
from state import OrderState


def new_thread_id() -> str:
    """Return a thread id that nobody can guess and that says nothing about the customer."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class View:
    """What the customer sees after a turn; `failed` is the class of an exception that ended it."""

    reply: str | None
    order: OrderState | None
    response: dict[str, Any] | None = None
    failed: str | None = None

    @property
    def amount_due(self) -> tuple[int, str] | None:
        """What the payment terminal waits for, and its currency."""
        if self.order is None or self.order["status"] != "awaiting_payment":
            return None
        return self.order["total"], self.order["currency"]


class Conversation:
    """A thread of the machine. A turn that fails leaves the order as it was and the conversation open."""

    def __init__(self, machine: Any, thread_id: str) -> None:
        """Take up the thread, which need not exist yet."""
        self._machine = machine
        self.thread_id = thread_id

    @property
    def _config(self) -> RunnableConfig:
        return {"configurable": {"thread_id": self.thread_id}}

    def say(self, text: str) -> View:
        """Take one turn."""
        return self._step({"messages": [{"role": "user", "content": text}]})

    def pay(self, approved: bool) -> View:
        """Answer for the payment terminal."""
        return self._step(Command(resume={"decisions": [{"type": "approve" if approved else "reject"}]}))

    def current(self) -> View:
        """Return what the thread holds, without a turn."""
        try:
            values = self._machine.get_state(self._config).values
        except StorageError as error:
            LOG.error("storage failed: %s", error)
            return View(None, None, failed=type(error).__name__)
        return View(None, values.get("order"))

    def start_over(self) -> None:
        """Go on as a new customer: another thread."""
        self.thread_id = new_thread_id()

    def _step(self, command: Any) -> View:
        try:
            out = self._machine.invoke(command, self._config)
        except StorageError as error:
            # What the operator can mend is told in whole; it names the place, never what a customer said.
            LOG.error("turn failed: StorageError: %s", error)
            return View(None, self._order_after_failure(), failed=type(error).__name__)
        # The customer's conversation goes on whatever happens; the log gets the class, never the text.
        except Exception as error:
            LOG.error("turn failed: %s", type(error).__name__)
            return View(None, self._order_after_failure(), failed=type(error).__name__)
        # The terminal is the customer's own screen.
        reply = self._machine.unmask_for_screen(self.thread_id, _reply(out))
        return View(reply, out.get("order"), out.get("response"))

    def _order_after_failure(self) -> OrderState | None:
        try:
            order: OrderState | None = self._machine.get_state(self._config).values.get("order")
            return order
        except StorageError:
            # Its cause has been told with the turn.
            return None
        except Exception as error:
            LOG.error("order not readable: %s", type(error).__name__)
            return None


def _reply(out: dict[str, Any]) -> str:
    answer = (out.get("response") or {}).get("answer")
    return str(answer if answer is not None else out["messages"][-1].text)
