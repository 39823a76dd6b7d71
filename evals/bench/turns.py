"""Time of a turn, its growth over a long conversation, and turns per second of many conversations at once."""

from __future__ import annotations

import sqlite3
import statistics
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig

from evals.bench.idle import Idle, idle_graph
from evals.suite import Suite
from graph import KioskGraph, open_graph
from graph.persistence import close_checkpoints, open_checkpoints
from kiosk.settings import Settings

Advance = Callable[[], None]
"""Called after each measured turn, for whoever shows progress."""

WINDOW = 10


@dataclass(frozen=True)
class Paired:
    """Times in ms of turns of the machine and, turn by turn beside them, of the graph that does nothing."""

    machine: tuple[float, ...]
    idle: tuple[float, ...]


@dataclass(frozen=True)
class LongConversation:
    """What each turn of one conversation cost: time in ms, bytes written to the database."""

    times: tuple[float, ...]
    bytes: tuple[int, ...]


def time_turns(settings: Settings, folder: Path, suite: Suite, turns: int, advance: Advance) -> Paired:
    """Time turns of real conversations; machine and idle graph take turns, so that both see the same machine load."""
    settings = with_database(settings, folder / "turns.db")
    saver = open_checkpoints(f"sqlite:///{folder / 'idle.db'}")
    machine, idle = list[float](), list[float]()
    try:
        with open_graph(settings) as kiosk:
            resting = idle_graph(saver)
            for position, (utterance, config) in enumerate(_script(suite, turns + WINDOW)):
                measured = (_timed(kiosk, utterance, config), _timed(resting, utterance, config, durability="exit"))
                if position >= WINDOW:
                    machine.append(measured[0])
                    idle.append(measured[1])
                    advance()
    finally:
        close_checkpoints(saver)
    return Paired(tuple(machine), tuple(idle))


def grow(settings: Settings, folder: Path, suite: Suite, turns: int, advance: Advance) -> LongConversation:
    """Hold one conversation of `turns` turns that ends with the cart it began with, again and again."""
    path = folder / "long.db"
    utterances = [turn.user for conversation in suite.conversations for turn in conversation.turns]
    times, written = list[float](), list[int]()
    with open_graph(with_database(settings, path)) as kiosk:
        _warm_up(kiosk, utterances)
        config = _new_thread()
        before = _stored(path, config)
        for utterance in islice(cycle(utterances), turns):
            times.append(_timed(kiosk, utterance, config))
            after = _stored(path, config)
            written.append(sum(size for row, size in after.items() if row not in before))
            before = after
            advance()
    return LongConversation(tuple(times), tuple(written))


def turns_per_second(
    settings: Settings, folder: Path, suite: Suite, threads: int, turns: int, advance: Advance
) -> float:
    """Hold `threads` conversations of `turns` turns at once, each in an operating-system thread of its own."""
    utterances = [turn.user for conversation in suite.conversations for turn in conversation.turns]

    def converse(_: int) -> None:
        config = _new_thread()
        for utterance in islice(cycle(utterances), turns):
            _timed(kiosk, utterance, config)
            advance()

    with open_graph(with_database(settings, folder / "many.db")) as kiosk:
        _warm_up(kiosk, utterances)
        with ThreadPoolExecutor(threads) as pool:
            started = time.perf_counter()
            list(pool.map(converse, range(threads)))
            seconds = time.perf_counter() - started
    return threads * turns / seconds


def with_database(settings: Settings, path: Path) -> Settings:
    """Return the settings with a database of the benchmark's own."""
    return settings.model_copy(update={"database_url": f"sqlite:///{path}"})


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """Return the value that one in twenty exceeds."""
    return statistics.quantiles(values, n=20)[-1]


def _script(suite: Suite, turns: int) -> Iterator[tuple[str, RunnableConfig]]:
    """Yield the suite's turns, each conversation on a new thread, from the start again when the suite is through."""
    conversations = cycle(suite.conversations)

    def endless() -> Iterator[tuple[str, RunnableConfig]]:
        for conversation in conversations:
            config = _new_thread()
            yield from ((turn.user, config) for turn in conversation.turns)

    return islice(endless(), turns)


def _new_thread() -> RunnableConfig:
    return {"configurable": {"thread_id": f"bench-{uuid.uuid4()}"}}


def _warm_up(kiosk: KioskGraph, utterances: Sequence[str]) -> None:
    config = _new_thread()
    for utterance in utterances:
        _timed(kiosk, utterance, config)


def _timed(machine: KioskGraph | Idle, utterance: str, config: RunnableConfig, **how: Any) -> float:
    turn: Any = {"messages": [{"role": "user", "content": utterance}]}
    started = time.perf_counter()
    machine.invoke(turn, config, **how)
    return (time.perf_counter() - started) * 1000


def _stored(path: Path, config: RunnableConfig) -> dict[tuple[object, ...], int]:
    """Return the bytes of every row that a conversation has in the database."""
    sizes = {
        "checkpoints": "SELECT checkpoint_id, LENGTH(checkpoint) + LENGTH(metadata)",
        "writes": "SELECT checkpoint_id, task_id, idx, LENGTH(value)",
    }
    rows: dict[tuple[object, ...], int] = {}
    connection = sqlite3.connect(path)
    try:
        for table, columns in sizes.items():
            query = f"{columns} FROM {table} WHERE thread_id = ?"
            for *key, size in connection.execute(query, (config["configurable"]["thread_id"],)):
                rows[table, *key] = size
    finally:
        connection.close()
    return rows
