"""A private turn never reaches a cloud model: not by route, retry, hedge or fallback, whatever fails or is allowed."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver

from graph.builder import build_graph
from graph.runtime import KioskGraph
from kiosk.privacy import open_vault
from kiosk.serving.health import Failure
from kiosk.serving.registry import Registry
from kiosk.settings import Settings
from nodes.resources import Kiosk
from state import Context
from tests.graph.turns import said
from tests.loopback import Answer, Asked, LoopbackServer

pytestmark = pytest.mark.graph

UNSURE = "시원하고 달지 않은데 정신이 번쩍 드는 걸로 알아서 골라 담아줘"
PRIVATE = (
    f"{UNSURE}. 제 번호는 010-2345-6789이에요",
    f"제 이름은 김민수예요, {UNSURE}",
    "something cold and not too sweet for me, I am diabetic, email it to minsu.kim@example.com",
    "카드 번호 4539 1488 0343 6467로 계산하고 알아서 맛있는 걸로 골라 담아줘",
    "영일공에 이삼사오에 육칠팔구로 적립하고 정신이 번쩍 드는 걸로 담아줘",
)
PUBLIC = (UNSURE, "라떼 두 잔 아이스로 주세요", "anything refreshing that goes well with my mood, surprise me")
CANARIES = ("2345-6789", "김민수", "minsu", "diabetic", "4539 1488", "0343 6467", "육칠팔구")

FAULTS = (
    Answer(status=503),
    Answer(status=429, headers={"retry-after": "0"}),
    Answer(status=401),
    Answer(status=404),
    Answer('{"actions": [{"type": "add_item", "item": "lat'),
    Answer("", fault="cut"),
    Answer("not json"),
    Answer(finish="content_filter"),
    Answer(
        json.dumps(
            {
                "actions": [{"type": "add_item", "heard": "mocha", "item": "cafe_mocha", "quantity": 1, "options": []}],
                **{"questions": [], "notices": [], "clarification": None, "social": None, "reply": None},
                "confidence": 0.9,
            }
        )
    ),
)


@dataclass(frozen=True)
class Servers:
    """A cloud and a local model server, and the endpoints file that tells them apart."""

    cloud: LoopbackServer
    local: LoopbackServer
    folder: Path

    def endpoints(self, routing: dict[str, Any]) -> Path:
        common = {"provider": "openai", "model": "test-model", "timeout_s": 1, "max_context_length": 64000}
        far = {**common, "serving_type": "cloud", "privacy_level": "cloud", "base_url": f"{self.cloud.url}/v1"}
        near = {**common, "serving_type": "local", "privacy_level": "local", "base_url": f"{self.local.url}/v1"}
        price = {"price_per_1k": {"input": 0.001, "output": 0.002}, "api_key_env": "TEST_MODEL_KEY"}
        far |= price
        named = [
            {**far, "id": "cloud-a"},
            {**far, "id": "cloud-b", "tier": "premium"},
            {**near, "id": "near", "api_key_env": "TEST_MODEL_KEY"},
        ]
        path = self.folder / f"{uuid.uuid4().hex}.yaml"
        path.write_text(yaml.safe_dump({"endpoints": named, "routing": routing}), encoding="utf-8")
        return path


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with LoopbackServer() as cloud, LoopbackServer() as local, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_MODEL_KEY", "not-a-secret")
        yield Servers(cloud, local, tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="module")
def base() -> Kiosk:
    """Everything of a kiosk that does not differ from example to example."""
    return Kiosk.assemble(Settings(), in_memory=True)


def kiosk_with(base: Kiosk, file: Path) -> KioskGraph:
    settings = Settings(endpoints_file=file)
    vault = open_vault("sqlite:///:memory:", None, timedelta(minutes=settings.session_idle_minutes))
    kiosk = replace(base, settings=settings, registry=Registry(settings, base.engine), vault=vault)
    return KioskGraph(**vars(build_graph(kiosk).compile(checkpointer=InMemorySaver())))


ROUTING = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(["rules", "adaptive", "llm"]),
        "private_cloud": st.sampled_from(["never", "masked"]),
        "max_retries": st.integers(0, 2),
        "hedge_after_ms": st.sampled_from([None, 10]),
        "daily_budget_usd": st.sampled_from([None, 0.0, 1.0]),
        "explore": st.sampled_from([0.0, 0.5]),
    }
)
CONTEXT = st.builds(
    Context,
    user_tier=st.sampled_from(["standard", "premium"]),
    llm_model=st.sampled_from([None, "cloud-a", "cloud-b", "near", "test-model"]),
    private_cloud=st.sampled_from([None, "never", "masked"]),
)
TURN = st.one_of(st.sampled_from(PRIVATE), st.sampled_from(PUBLIC))
BROKEN = st.sets(st.sampled_from(["near", "cloud-a", "cloud-b"]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    routing=ROUTING,
    context=CONTEXT,
    turns=st.lists(TURN, min_size=1, max_size=4),
    faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=6),
    broken=BROKEN,
)
def test_no_private_turn_reaches_the_cloud(
    servers: Servers,
    base: Kiosk,
    routing: dict[str, Any],
    context: Context,
    turns: list[str],
    faults: list[Answer],
    broken: set[str],
) -> None:
    for server in (servers.cloud, servers.local):
        script = iter(faults * 50)
        server._script = partial(_next_of, script)
        server.asked.clear()
    kiosk = kiosk_with(base, servers.endpoints(routing))
    registry = kiosk.kiosk.registry
    for endpoint_id in broken:
        for _ in range(3):
            registry.health.fail(registry.endpoints[endpoint_id], Failure("timeout", "made up"))
    config: Any = {"configurable": {"thread_id": uuid.uuid4().hex}}
    never = "never" in (routing["private_cloud"], context.private_cloud)
    for words in turns:
        before = len(servers.cloud.asked)
        result = kiosk.invoke(said(words), config, context=context)
        assert result["response"]["answer"]
        if words in PRIVATE:
            assert result["response"]["request_analysis"]["privacy_sensitivity"] == "high"
            assert not never or len(servers.cloud.asked) == before
    assert spilled(servers.cloud.asked) == []
    assert spilled(servers.local.asked) == []


def _next_of(script: Iterator[Answer], _: Asked) -> Answer:
    return next(script)


def spilled(asked: list[Asked]) -> list[str]:
    sent = json.dumps([one.body for one in asked], ensure_ascii=False)
    return [canary for canary in CANARIES if canary in sent]


def test_the_property_is_not_empty_public_turns_do_reach_the_cloud(servers: Servers, base: Kiosk) -> None:
    servers.cloud._script = lambda _: FAULTS[-1]
    servers.cloud.asked.clear()
    kiosk = kiosk_with(base, servers.endpoints({}))
    config: Any = {"configurable": {"thread_id": uuid.uuid4().hex}}
    kiosk.invoke(said(UNSURE), config, context=Context(llm_model="cloud-a"))
    assert servers.cloud.chats


def test_with_policy_masked_the_cloud_sees_placeholders(servers: Servers, base: Kiosk) -> None:
    servers.cloud._script = lambda _: FAULTS[-1]
    servers.cloud.asked.clear()
    kiosk = kiosk_with(base, servers.endpoints({"private_cloud": "masked"}))
    config: Any = {"configurable": {"thread_id": uuid.uuid4().hex}}
    kiosk.invoke(said(PRIVATE[0]), config, context=Context(llm_model="cloud-a"))
    assert "<PHONE_1>" in json.dumps([one.body for one in servers.cloud.chats], ensure_ascii=False)
    assert spilled(servers.cloud.asked) == []


def test_a_caller_can_tighten_the_policy_and_not_loosen_it(servers: Servers, base: Kiosk) -> None:
    servers.cloud._script = lambda _: FAULTS[-1]
    for routed, asked in (("masked", "never"), ("never", "masked")):
        servers.cloud.asked.clear()
        kiosk = kiosk_with(base, servers.endpoints({"private_cloud": routed}))
        config: Any = {"configurable": {"thread_id": uuid.uuid4().hex}}
        context = Context(llm_model="cloud-a", private_cloud="never" if asked == "never" else "masked")
        kiosk.invoke(said(PRIVATE[0]), config, context=context)
        assert servers.cloud.chats == []
