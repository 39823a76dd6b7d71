"""The strategy that learns: from what was of use, how fast and how cheap it was."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kiosk.serving import Failure, Registry, RouteRequest, attempt, decide
from tests.loopback import Answer, LoopbackServer
from tests.unit.serving.support import analysis, endpoint, proposal, registry, turn

pytestmark = pytest.mark.unit

ONE = endpoint("one", "openai", "http://127.0.0.1:9/v1", avg_latency_ms=500)
TWO = endpoint("two", "google_genai", "http://127.0.0.1:9", avg_latency_ms=500)


def adaptive(folder: Path, *endpoints: object, explore: float = 0.0) -> Registry:
    return registry(folder, *endpoints, routing={"strategy": "adaptive", "explore": explore})  # type: ignore[arg-type]


def first(known: Registry) -> str:
    return decide(RouteRequest(analysis()), known).selection["chain"][1]


def served(known: Registry, name: str, latency_ms: float, times: int = 10) -> None:
    for _ in range(times):
        known.health.took(known.endpoints[name], latency_ms, timed_out=False)
        known.health.settle(known.endpoints[name], accepted=True)


def test_the_faster_of_two_equals_goes_first(tmp_path: Path) -> None:
    known = adaptive(tmp_path, ONE, TWO)
    served(known, "one", 2000)
    served(known, "two", 200)

    assert first(known) == "two"


def test_the_more_reliable_of_two_equals_goes_first(tmp_path: Path) -> None:
    known = adaptive(tmp_path, ONE, TWO)
    served(known, "one", 500)
    served(known, "two", 500)
    known.health.fail(known.endpoints["two"], Failure("server_error", ""))
    known.health.settle(known.endpoints["two"], accepted=False)

    assert first(known) == "one"


def test_the_cheaper_of_two_equals_goes_first(tmp_path: Path) -> None:
    known = adaptive(tmp_path, {**ONE, "price_per_1k": {"input": 0.1, "output": 0.1}}, TWO)

    assert first(known) == "two"


def test_a_small_difference_does_not_change_the_order(tmp_path: Path) -> None:
    known = adaptive(tmp_path, ONE, TWO)
    served(known, "one", 500)
    known.health.took(known.endpoints["two"], 450, timed_out=False)

    assert first(known) == "one"


async def test_a_timeout_counts_for_more_than_the_time_it_took(tmp_path: Path) -> None:
    with LoopbackServer(Answer(fault="hang")) as hanging, LoopbackServer(Answer(proposal())) as quick:
        known = adaptive(
            tmp_path,
            endpoint("slow", "ollama", hanging.url, timeout_s=0.3, avg_latency_ms=100),
            endpoint("quick", "ollama", quick.url, avg_latency_ms=150),
        )
        assert first(known) == "slow"

        await attempt(known, "slow", turn(), 5)
        await attempt(known, "quick", turn(), 5)

    assert first(known) == "quick"
    assert known.health.experience.of(known.endpoints["slow"]).latency_ms > 100 + 0.2 * 300


def test_the_runner_up_gets_a_try_now_and_then(tmp_path: Path) -> None:
    known = adaptive(tmp_path, ONE, TWO, explore=0.1)
    known.chance.seed(7)
    served(known, "one", 100)

    tries = Counter(first(known) for _ in range(500))

    assert 25 <= tries["two"] <= 80


def test_learning_never_opens_the_door_for_a_private_turn(tmp_path: Path) -> None:
    known = adaptive(tmp_path, ONE, endpoint("near", "ollama", "http://127.0.0.1:9"), explore=0.5)
    served(known, "one", 1)

    chains = [decide(RouteRequest(analysis(privacy_sensitivity="high")), known).selection["chain"] for _ in range(50)]

    assert chains == [["embedded", "near"]] * 50
