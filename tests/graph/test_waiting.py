"""What waits: turns for each other, and nodes for models."""

import asyncio
import threading
import time

import pytest

from graph.turns import ThreadBusyError, Turns
from nodes.background import Background, background, run_blocking

pytestmark = pytest.mark.graph


async def here() -> str:
    return threading.current_thread().name


async def asked_of_a_model() -> str:
    return await background.run(here())


async def test_turns_of_one_conversation_come_one_after_the_other_in_their_order() -> None:
    turns, log = Turns(), list[str]()

    async def turn(name: str) -> None:
        async with turns.aturn("a"):
            log.append(f"{name} begins")
            await asyncio.sleep(0.01)
            log.append(f"{name} ends")

    await asyncio.gather(*(turn(name) for name in ("first", "second", "third")))
    assert log == [f"{name} {what}" for name in ("first", "second", "third") for what in ("begins", "ends")]


async def test_a_turn_in_a_thread_and_one_on_an_event_loop_wait_for_each_other() -> None:
    turns, inside, most = Turns(), 0, 0

    def enter() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)

    def leave() -> None:
        nonlocal inside
        inside -= 1

    def blocking() -> None:
        with turns.turn("a"):
            enter()
            time.sleep(0.01)
            leave()

    async def waiting() -> None:
        async with turns.aturn("a"):
            enter()
            await asyncio.sleep(0.01)
            leave()

    await asyncio.gather(*(asyncio.to_thread(blocking) for _ in range(5)), *(waiting() for _ in range(5)))
    assert (inside, most) == (0, 1)


async def test_turns_of_different_conversations_do_not_wait() -> None:
    turns = Turns()
    async with turns.aturn("a"), asyncio.timeout(1), turns.aturn("b"):
        pass


async def test_a_turn_that_gives_up_waiting_leaves_its_place() -> None:
    turns = Turns()
    async with turns.aturn("a"):
        waiting = asyncio.create_task(turns.aturn("a").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(1), turns.aturn("a"):
        pass


@pytest.mark.parametrize("blocks", [True, False])
async def test_a_turn_that_waits_too_long_says_for_what(monkeypatch: pytest.MonkeyPatch, blocks: bool) -> None:
    monkeypatch.setattr("graph.turns.WAIT_S", 0.05)
    turns = Turns()

    def wait() -> None:
        with turns.turn("a"):
            pass

    async with turns.aturn("a"):
        with pytest.raises(ThreadBusyError, match="thread_id 'a'.*close its stream"):
            if blocks:
                await asyncio.to_thread(wait)
            else:
                await turns.aturn("a").__aenter__()
    wait()


def test_a_node_without_a_model_runs_where_it_is_called() -> None:
    assert run_blocking(here()) == threading.current_thread().name


async def test_models_are_asked_on_one_event_loop_from_everywhere() -> None:
    names = {
        run_blocking(asked_of_a_model()),
        await asked_of_a_model(),
        await asyncio.to_thread(run_blocking, asked_of_a_model()),
        await asyncio.to_thread(asyncio.run, asked_of_a_model()),
    }
    assert names == {"kiosk-models"}


def test_a_node_that_awaits_something_else_is_a_mistake_that_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"background\.run"):
        run_blocking(_yielding())


async def _yielding() -> None:
    await asyncio.sleep(0)


def test_an_error_on_the_background_loop_reaches_the_caller() -> None:
    async def fail() -> None:
        raise LookupError("no such model")

    with pytest.raises(LookupError, match="no such model"):
        run_blocking(background.run(fail()))


async def test_cancelling_the_caller_cancels_the_work() -> None:
    began, ended = threading.Event(), threading.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    own = Background()
    caller = asyncio.create_task(own.run(work()))
    await asyncio.to_thread(began.wait, 5)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await asyncio.to_thread(ended.wait, 5)
