"""The contract of every provider's factory: one request, one try, no matter what the SDK would do on its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.ordering import AddItem
from kiosk.serving import attempt
from tests.loopback import Answer, LoopbackServer
from tests.unit.serving.support import endpoint, proposal, registry, turn

pytestmark = pytest.mark.unit

PACKAGES = {
    "openai": "langchain_openai",
    "openrouter": "langchain_openai",
    "ollama": "langchain_ollama",
    "google_genai": "langchain_google_genai",
    "anthropic": "langchain_anthropic",
}
BASE_PATHS = {"openai": "/v1", "openrouter": "/v1"}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("provider", PACKAGES)
async def test_one_failure_is_one_request(provider: str, status: int, tmp_path: Path) -> None:
    pytest.importorskip(PACKAGES[provider], reason=f"needs {PACKAGES[provider]}: pip install 'kiosk-agent[dev]'")
    with LoopbackServer(Answer(status=status)) as server:
        known = registry(tmp_path, endpoint("it", provider, server.url + BASE_PATHS.get(provider, "")))
        began = time.perf_counter()

        _, record = await attempt(known, "it", turn(), 5)

        assert len(server.chats) == 1
    assert record["cause"] == {429: "rate_limited", 503: "server_error"}[status]
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("provider", PACKAGES)
async def test_a_dead_server_is_given_up_at_the_deadline(provider: str, tmp_path: Path) -> None:
    pytest.importorskip(PACKAGES[provider], reason=f"needs {PACKAGES[provider]}: pip install 'kiosk-agent[dev]'")
    with LoopbackServer(Answer(fault="hang")) as server:
        known = registry(tmp_path, endpoint("it", provider, server.url + BASE_PATHS.get(provider, ""), timeout_s=0.5))

        _, record = await attempt(known, "it", turn(), 5)

        assert record["cause"] == "timeout"
        assert record["latency_ms"] < 1500


@pytest.mark.parametrize(
    ("provider", "sent"),
    [("openai", 0.4), ("openrouter", 0.4), ("ollama", 0.4), ("google_genai", 0.4), ("anthropic", 0.4)],
)
async def test_the_temperature_of_the_turn_goes_over_the_wire(provider: str, sent: float, tmp_path: Path) -> None:
    pytest.importorskip(PACKAGES[provider], reason=f"needs {PACKAGES[provider]}: pip install 'kiosk-agent[dev]'")
    with LoopbackServer(Answer(status=400)) as server:
        known = registry(tmp_path, endpoint("it", provider, server.url + BASE_PATHS.get(provider, "")))
        await attempt(known, "it", turn(temperature=0.0), 5)
        await attempt(known, "it", turn(temperature=sent), 5)

        found = [temperature_in(asked.body) for asked in server.chats]

    assert found == [0.0, sent]


@pytest.mark.parametrize(
    ("provider", "form", "place"),
    [
        ("google_genai", "json_schema", ("generationConfig", "responseJsonSchema")),
        ("anthropic", "json_schema", ("output_config", "format")),
        ("anthropic", "tools", ("tools", 0)),
        ("openai", "tools", ("tools", 0)),
        ("openai", "json", ("response_format", "type")),
        ("ollama", "json", ("format",)),
    ],
)
async def test_a_good_answer_is_read_in_every_form_it_comes_in(
    provider: str, form: str, place: tuple[str | int, ...], tmp_path: Path
) -> None:
    pytest.importorskip(PACKAGES[provider], reason=f"needs {PACKAGES[provider]}: pip install 'kiosk-agent[dev]'")
    with LoopbackServer(good(provider, form)) as server:
        address = server.url + BASE_PATHS.get(provider, "")
        known = registry(tmp_path, endpoint("it", provider, address, structured_output=form))

        found, record = await attempt(known, "it", turn(), 5)

    assert found is not None, record
    assert found.actions == (AddItem(item="latte", quantity=3),)
    assert record["tokens"] == 120
    asked: Any = server.chats[0].body
    for step in place:
        asked = asked[step]
    assert asked


def good(provider: str, form: str) -> Answer:
    if provider == "google_genai":
        content = {"role": "model", "parts": [{"text": proposal()}]}
        usage = {"promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 120}
        candidate = {"content": content, "finishReason": "STOP"}
        return Answer(raw=json.dumps({"candidates": [candidate], "usageMetadata": usage}).encode())
    if provider == "anthropic":
        call = {"type": "tool_use", "id": "t1", "name": "turn_proposal", "input": json.loads(proposal())}
        content = call if form == "tools" else {"type": "text", "text": proposal()}
        message = {"id": "m1", "type": "message", "role": "assistant", "model": "test-model", "content": [content]}
        usage = {"input_tokens": 100, "output_tokens": 20}
        return Answer(raw=json.dumps({**message, "stop_reason": "end_turn", "usage": usage}).encode())
    return Answer(proposal(), tool="turn_proposal" if form == "tools" else None)


@pytest.mark.parametrize("provider", PACKAGES)
async def test_a_registry_that_is_closed_hangs_up_and_calls_again_when_asked(provider: str, tmp_path: Path) -> None:
    pytest.importorskip(PACKAGES[provider], reason=f"needs {PACKAGES[provider]}: pip install 'kiosk-agent[dev]'")
    with LoopbackServer(good(provider, "json_schema")) as server:
        address = server.url + BASE_PATHS.get(provider, "")
        known = registry(tmp_path, endpoint("it", provider, address), endpoint("other", provider, address))
        for name in ("it", "other"):
            await attempt(known, name, turn(), 5)
        assert server.connections == 2

        await known.aclose()
        assert await hung_up(server)

        found, record = await attempt(known, "it", turn(), 5)
        assert found is not None, record
        await known.aclose()


async def hung_up(server: LoopbackServer) -> bool:
    until = time.monotonic() + 5
    while server.connections and time.monotonic() < until:
        await asyncio.sleep(0.01)
    return server.connections == 0


async def test_what_the_client_library_knows_of_a_model_wins_over_the_file(tmp_path: Path) -> None:
    old = endpoint("old", "openai", "http://127.0.0.1:9/v1", model="gpt-3.5-turbo", max_context_length=128_000)
    own = endpoint("own", "openai", "http://127.0.0.1:9/v1", model="house-model", max_context_length=9000)
    known = registry(tmp_path, old, own)
    await attempt(known, "old", turn(), 5)
    await attempt(known, "own", turn(), 5)

    assert known.endpoints["old"].max_context_length < 20_000
    assert known.endpoints["old"].structured_output == "json"
    assert known.endpoints["own"].max_context_length == 9000


def temperature_in(body: Mapping[str, Any]) -> Any:
    """Find the temperature where the provider's protocol has it: at the top, or among the options."""
    holder = body.get("options") or body.get("generationConfig") or body
    return holder["temperature"]
