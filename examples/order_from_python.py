"""Orders from Python: at once, asynchronously, as a stream, paid, and after the process that began them is gone.

Run it from anywhere: `python examples/order_from_python.py [DATABASE_URL]`. It needs no key and no network.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from graph import create_graph, open_graph
from kiosk.settings import Settings
from state import Context


def said(words: str) -> Any:
    """Return the input of a turn."""
    return {"messages": [{"role": "user", "content": words}]}


def conversation(thread_id: str) -> RunnableConfig:
    """Return the config that names a conversation; turns of one conversation share it."""
    return {"configurable": {"thread_id": thread_id}}


def summary(order: dict[str, Any]) -> str:
    """Return an order in a line; amounts are integer minor units."""
    lines = ", ".join(f"{line['quantity']} x {line['item']}" for line in order["lines"])
    return f"{lines} = {order['total']} {order['currency']} ({order['status']})"


def at_once() -> None:
    """Take two turns. The context holds what a caller may choose for a run; without a language it follows the words."""
    kiosk = create_graph()
    kiosk.invoke(said("라떼 3잔"), conversation("at-once"))
    result = kiosk.invoke(said("Iced, please"), conversation("at-once"), context=Context(language="en"))
    print("sync:   ", summary(result["order"]), "|", result["messages"][-1].content)


async def side_by_side() -> None:
    """Take turns of two customers at the same time."""
    kiosk = create_graph()
    results = await asyncio.gather(
        kiosk.ainvoke(said("two iced lattes"), conversation("first")),
        kiosk.ainvoke(said("치즈케이크 하나"), conversation("second")),
    )
    print("async:  ", "; ".join(summary(result["order"]) for result in results))


def step_by_step() -> None:
    """See which step the machine takes; an answer is whole and checked when it comes, so there are no tokens."""
    kiosk = create_graph()
    steps = [
        node
        for update in kiosk.stream(said("아메리카노 한 잔 뜨겁게"), conversation("stream"), stream_mode="updates")
        for node in update
    ]
    print("stream: ", " -> ".join(steps))


def begin(settings: Settings) -> None:
    """Order and go to pay; the conversation is in the database when the block ends."""
    with open_graph(settings) as kiosk:
        result = kiosk.invoke(said("라떼 2잔 아이스로 주세요. 결제할게요"), conversation("kept"))
        print("begun:  ", summary(result["order"]))


def pay(settings: Settings) -> None:
    """Take the conversation up again, as another process would, and answer for the payment terminal."""
    with open_graph(settings) as kiosk:
        snapshot = kiosk.get_state(conversation("kept"))
        (request,) = snapshot.interrupts[0].value["action_requests"]
        print("request:", request["name"], request["args"]["amount"], request["args"]["currency"])
        result = kiosk.invoke(Command(resume={"decisions": [{"type": "approve"}]}), conversation("kept"))
        print("paid:   ", summary(result["order"]))


def main() -> None:
    """Run all of it, on a database of its own unless one is named."""
    with tempfile.TemporaryDirectory() as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(folder) / 'orders.db'}"
        settings = Settings.model_validate({"database_url": url})
        at_once()
        asyncio.run(side_by_side())
        step_by_step()
        begin(settings)
        pay(settings)


if __name__ == "__main__":
    main()
