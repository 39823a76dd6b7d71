"""Every known way for a model server to fail, through the whole machine and the real client libraries.

Whatever the server does, the customer has a valid answer within the turn's deadline, the cart is right, the cause is
named, and the server has had exactly as many requests as the policy says.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig

from graph import KioskGraph
from state import AttemptCause
from tests.graph.served import DOWN, GOOD, HANGS, MOCHA, UNSURE, causes, kiosk_on, model, nobody_there
from tests.graph.turns import cart, say
from tests.loopback import Answer, LoopbackServer

pytestmark = pytest.mark.graph

PROVIDERS = ("openai", "ollama")
DEADLINE_S = 4.0
# Under load a client takes a few hundred milliseconds to build, and that counts as well.
PATIENCE_S, QUICK_S = 2.5, 0.8
LATTES: tuple[str, int, dict[str, Any]] = ("latte", 3, {})
ONE_MOCHA: tuple[str, int, dict[str, Any]] = ("cafe_mocha", 1, {})


@dataclass(frozen=True)
class Trouble:
    """What a server does to every request (None: nobody is there), its cause, and the requests the policy allows."""

    answer: Answer | None
    cause: AttemptCause
    requests: int = 1


TROUBLES = {
    "connect refused": Trouble(None, "connection"),
    "hang": Trouble(HANGS, "timeout"),
    "slow drip": Trouble(Answer(MOCHA, fault="drip"), "timeout"),
    "429": Trouble(Answer(status=429), "rate_limited"),
    "429 with Retry-After": Trouble(Answer(status=429, headers={"retry-after": "60"}), "rate_limited"),
    "500": Trouble(Answer(status=500), "server_error", requests=2),
    "503": Trouble(DOWN, "server_error", requests=2),
    "401": Trouble(Answer(status=401), "auth"),
    "404 model": Trouble(Answer(status=404), "model_not_found"),
    "malformed JSON": Trouble(Answer('{"actions": [}'), "bad_output", requests=2),
    "truncated JSON": Trouble(Answer(MOCHA[:60], finish="length"), "bad_output", requests=2),
    "empty": Trouble(Answer(""), "bad_output", requests=2),
    "stream cut in the middle": Trouble(Answer(MOCHA, fault="cut"), "connection"),
}
REFUSALS = {
    "openai": Trouble(Answer("", refusal="I cannot help with that."), "content_filter"),
    # Ollama's protocol has no word for it: a refusal is an answer that is not what was asked for.
    "ollama": Trouble(Answer("I cannot help with that."), "bad_output", requests=2),
}
MATRIX = [
    pytest.param(provider, trouble, id=f"{provider}-{name}")
    for provider in PROVIDERS
    for name, trouble in {**TROUBLES, "refusal": REFUSALS[provider]}.items()
]


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """The client libraries take a second to import, which must not count against a timeout of less."""
    for library in ("langchain_openai", "langchain_ollama"):
        import_module(library)


@pytest.fixture
def healthy() -> Iterator[LoopbackServer]:
    with LoopbackServer(GOOD) as server:
        yield server


@contextmanager
def place_of(trouble: Trouble) -> Iterator[tuple[str, LoopbackServer | None]]:
    """A server in trouble, or an address where there is none."""
    if trouble.answer is None:
        yield nobody_there(), None
        return
    with LoopbackServer(trouble.answer) as server:
        yield server.url, server


def kiosk_with(folder: Path, trouble: Trouble, *models: dict[str, Any]) -> KioskGraph:
    timeout_s = QUICK_S if trouble.cause == "timeout" else PATIENCE_S
    timed = [{**one, "timeout_s": timeout_s} for one in models]
    return kiosk_on(folder, *timed, turn_deadline_s=DEADLINE_S, max_retries=1)


def take_turns(kiosk: KioskGraph, thread: RunnableConfig) -> dict[str, Any]:
    """Order lattes with the engine, then say what only a model understands; the answer comes in time."""
    say(kiosk, thread, "라떼 3잔")
    began = time.perf_counter()
    result = say(kiosk, thread, UNSURE)
    assert time.perf_counter() - began < DEADLINE_S
    assert result["response"]["answer"].strip()
    assert result["messages"][-1].content == result["response"]["answer"]
    return result


@pytest.mark.parametrize(("provider", "trouble"), MATRIX)
def test_another_model_serves_the_customer(
    tmp_path: Path, healthy: LoopbackServer, thread: RunnableConfig, provider: str, trouble: Trouble
) -> None:
    with place_of(trouble) as (url, faulty):
        first = model("faulty", url, provider, avg_latency_ms=10)
        kiosk = kiosk_with(tmp_path, trouble, first, model("healthy", healthy.url, provider, avg_latency_ms=20))
        result = take_turns(kiosk, thread)

    assert cart(result) == [LATTES, ONE_MOCHA]
    assert result["response"]["serving_info"]["endpoint_id"] == "healthy"
    failures = [("faulty", trouble.cause)] * trouble.requests
    assert causes(kiosk, thread) == [("embedded", None), *failures, ("healthy", None)]
    assert faulty is None or len(faulty.chats) == trouble.requests
    assert len(healthy.chats) == 1


@pytest.mark.parametrize(("provider", "trouble"), MATRIX)
def test_with_no_other_model_the_engine_serves_the_customer(
    tmp_path: Path, thread: RunnableConfig, provider: str, trouble: Trouble
) -> None:
    with place_of(trouble) as (url, faulty):
        kiosk = kiosk_with(tmp_path, trouble, model("faulty", url, provider, avg_latency_ms=10))
        result = take_turns(kiosk, thread)

    assert cart(result) == [LATTES]
    assert result["response"]["serving_info"]["endpoint_id"] == "embedded"
    failures = [("faulty", trouble.cause)] * trouble.requests
    assert causes(kiosk, thread) == [("embedded", None), *failures, ("embedded", None)]
    assert faulty is None or len(faulty.chats) == trouble.requests
