"""Short words for what the tests of the graph do."""

from typing import Any

from langchain_core.runnables import RunnableConfig

from graph import KioskGraph


def said(text: Any) -> Any:
    """Return the input of a turn with these words."""
    return {"messages": [{"role": "user", "content": text}]}


def say(kiosk: KioskGraph, thread: RunnableConfig, *turns: Any, **options: Any) -> dict[str, Any]:
    """Take turns and return the result of the last one."""
    result: dict[str, Any] = {}
    for turn in turns:
        result = kiosk.invoke(said(turn), thread, **options)
    return result


def cart(result: dict[str, Any]) -> list[tuple[str, int, dict[str, Any]]]:
    """Return what is on the order: item, quantity and options of each line."""
    return [(line["item"], line["quantity"], line["options"]) for line in result["order"]["lines"]]
