"""What a turn costs with models in it: the kiosk beside what people build with the libraries as they come.

All contenders talk to the same two servers on the loopback in one run: a cloud model that takes 800 ms and a local one
that takes 300 ms.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from evals.bench.contenders import (
    Contender,
    answer,
    bare_model,
    is_unsure,
    kiosk_turns,
    three_calls,
    with_fallbacks,
)
from evals.bench.turns import Advance, p95
from evals.loopback import Answer, Asked, LoopbackServer
from evals.suite import Suite
from kiosk.menu import load_menu
from kiosk.serving import Registry
from kiosk.settings import Settings
from kiosk.understanding import Engine

CLOUD_MS, LOCAL_MS = 800, 300
CLOUD_PRICE = {"input": 0.00015, "output": 0.0006}
HARD = (
    "시원하고 달지 않은데 정신이 번쩍 드는 걸로 알아서 골라 담아줘",
    "오늘 좀 우울한데 기분 좋아질 만한 걸로 아무거나 부탁해요",
    "저번에 친구가 마시던 하얗고 거품 많은 거 그걸로 할게요",
)
"""Turns that the embedded engine hands on to a model."""
_KIOSK, _KIOSK_ASKING, _KIOSK_CLOUD = "kiosk_everyday", "kiosk_asking", "kiosk_cloud"
_FALLBACKS, _THREE = "with_fallbacks", "three_calls"


@dataclass(frozen=True)
class ServingPlan:
    """How much is measured; `speed` divides what the servers take, for tests."""

    turns: int = 12
    everyday_turns: int = 100
    paired_turns: int = 60
    speed: float = 1.0

    @property
    def steps(self) -> int:
        """How often progress is told."""
        return 4 * self.turns + self.everyday_turns + self.paired_turns

    @classmethod
    def quick(cls) -> ServingPlan:
        """Return a plan of a few seconds; its figures say whether something broke, not by how much."""
        return cls(turns=3, everyday_turns=20, paired_turns=10, speed=4.0)


@dataclass(frozen=True)
class ContenderFigures:
    """What the turns of one contender cost."""

    name: str
    turns: int
    mean_ms: float
    p95_ms: float
    calls_per_turn: float
    most_calls: int
    tokens_per_turn: float
    cost_per_1000_turns_usd: float


@dataclass(frozen=True)
class ServingReport:
    """What was measured.

    Attributes:
        contenders: One entry each, in the order of measuring.
        bare_ms: Median of the client library's call alone, to a server that answers at once.
        overhead_ms: Median of what the kiosk's turn takes longer than that, turn by turn beside it.
        times_faster: Mean of the pipeline of three calls by the mean of the kiosk on turns that a model is asked about.
        times_faster_everyday: The same by the mean of the kiosk on everyday turns.
        most_calls: Most model calls of a turn of the kiosk.
    """

    contenders: tuple[ContenderFigures, ...]
    bare_ms: float
    overhead_ms: float
    times_faster: float
    times_faster_everyday: float
    most_calls: int

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form that programs read, with the aims and whether they were met."""
        aims = {
            "times_faster": {"limit": 3, "met": self.times_faster >= 3},
            "most_calls": {"limit": 1, "met": self.most_calls <= 1},
            "overhead_ms": {"limit": 10, "met": self.overhead_ms < 10},
        }
        return {**asdict(self), "aims": aims}


@dataclass
class _Bill:
    """What the models were asked for since the last look."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0


@dataclass
class _Servers:
    cloud: LoopbackServer
    local: LoopbackServer
    bill: _Bill = field(default_factory=_Bill)

    def take(self) -> _Bill:
        """Return the bill and start a new one."""
        taken, self.bill = self.bill, _Bill()
        return taken


def run_serving_bench(everyday: Suite, plan: ServingPlan, advance: Advance) -> ServingReport:
    """Measure.

    Args:
        everyday: Real conversations.
        plan: How much is measured.
        advance: Called `plan.steps` times.

    Raises:
        ValueError: The engine has become sure of a turn that models are to be asked about.
    """
    with TemporaryDirectory(prefix="kiosk-bench-") as name, _servers(plan.speed) as slow, _servers(0) as instant:
        return asyncio.run(_measure(Path(name), everyday, plan, slow, instant, advance))


@contextmanager
def _servers(speed: float) -> Iterator[_Servers]:
    """Two healthy models; with a speed of 0 they answer at once."""

    def script(delay_ms: float, price: dict[str, float]) -> Callable[[Asked], Answer]:
        def answered(asked: Asked) -> Answer:
            said = answer(asked)
            servers.bill.calls += 1
            servers.bill.tokens += said.input_tokens + said.output_tokens
            servers.bill.usd += (price["input"] * said.input_tokens + price["output"] * said.output_tokens) / 1000
            delay_s = delay_ms / 1000 / speed if speed else 0.0
            return Answer(**{**vars(said), "delay_s": delay_s})

        return answered

    with (
        LoopbackServer(script(CLOUD_MS, CLOUD_PRICE)) as cloud,
        LoopbackServer(script(LOCAL_MS, {"input": 0.0, "output": 0.0})) as local,
    ):
        servers = _Servers(cloud, local)
        yield servers


async def _measure(
    folder: Path, everyday: Suite, plan: ServingPlan, slow: _Servers, instant: _Servers, advance: Advance
) -> ServingReport:
    settings, quick = _settings(folder / "slow", slow), _settings(folder / "instant", instant)
    engine = Engine(load_menu())
    _check_hard_turns(engine, settings)
    registry = Registry(settings, engine)
    spoken = [turn.user for conversation in everyday.conversations for turn in conversation.turns]
    figures = [
        await _run(kiosk_turns(_KIOSK, settings), spoken, plan.everyday_turns, slow, advance),
        await _run(kiosk_turns(_KIOSK_ASKING, settings), HARD, plan.turns, slow, advance),
        await _run(kiosk_turns(_KIOSK_CLOUD, settings, "cloud"), HARD, plan.turns, slow, advance),
        await _run(with_fallbacks(_FALLBACKS, registry, engine), HARD, plan.turns, slow, advance),
        await _run(three_calls(_THREE, registry), HARD, plan.turns, slow, advance),
    ]
    bare = bare_model("bare", Registry(quick, engine), engine)
    bare_ms, overhead_ms = await _overhead(kiosk_turns("kiosk", quick, "cloud"), bare, plan.paired_turns, advance)
    mean = {one.name: one.mean_ms for one in figures}
    return ServingReport(
        contenders=tuple(figures),
        bare_ms=round(bare_ms, 1),
        overhead_ms=round(overhead_ms, 1),
        times_faster=round(mean[_THREE] / mean[_KIOSK_ASKING], 2),
        times_faster_everyday=round(mean[_THREE] / mean[_KIOSK], 1),
        most_calls=max(one.most_calls for one in figures if one.name.startswith("kiosk")),
    )


def _settings(folder: Path, servers: _Servers) -> Settings:
    common = {"timeout_s": 5, "max_context_length": 64000}
    cloud = {
        **common,
        "id": "cloud",
        "provider": "openai",
        "model": "gpt-4o-mini",
        "serving_type": "cloud",
        "privacy_level": "cloud",
        "base_url": f"{servers.cloud.url}/v1",
        "price_per_1k": CLOUD_PRICE,
        "avg_latency_ms": CLOUD_MS,
    }
    local = {
        **common,
        "id": "local",
        "provider": "ollama",
        "model": "local",
        "serving_type": "local",
        "privacy_level": "local",
        "base_url": servers.local.url,
        "avg_latency_ms": LOCAL_MS,
    }
    folder.mkdir()
    file = folder / "endpoints.yaml"
    file.write_text(yaml.safe_dump({"endpoints": [cloud, local]}), encoding="utf-8")
    return Settings(endpoints_file=file, database_url=f"sqlite:///{folder / 'bench.db'}")


def _check_hard_turns(engine: Engine, settings: Settings) -> None:
    sure = next((text for text in HARD if not is_unsure(engine, text, settings.cascade_threshold)), None)
    if sure is not None:
        raise ValueError(f"HARD: the engine is sure of {sure!r}; put a turn in its place that it hands on")


async def _run(
    contender: Contender, texts: Sequence[str], turns: int, servers: _Servers, advance: Advance
) -> ContenderFigures:
    """Take turns one after the other, after one that loads the libraries."""
    await contender.take_turn(texts[0])
    servers.take()
    times, bills = list[float](), list[_Bill]()
    for text in islice(cycle(texts), turns):
        times.append(await _timed(contender, text))
        bills.append(servers.take())
        advance()
    return ContenderFigures(
        name=contender.name,
        turns=turns,
        mean_ms=round(fmean(times), 1),
        p95_ms=round(p95(times), 1),
        calls_per_turn=round(fmean(bill.calls for bill in bills), 2),
        most_calls=max(bill.calls for bill in bills),
        tokens_per_turn=round(fmean(bill.tokens for bill in bills), 1),
        cost_per_1000_turns_usd=round(fmean(bill.usd for bill in bills) * 1000, 4),
    )


async def _overhead(kiosk: Contender, bare: Contender, turns: int, advance: Advance) -> tuple[float, float]:
    """Return the bare call's median and the median of what the kiosk takes longer, both taking turns."""
    alone, longer = list[float](), list[float]()
    for text in islice(cycle(HARD), 3):
        await bare.take_turn(text)
        await kiosk.take_turn(text)
    for text in islice(cycle(HARD), turns):
        alone.append(await _timed(bare, text))
        longer.append(await _timed(kiosk, text) - alone[-1])
        advance()
    return median(alone), median(longer)


async def _timed(contender: Contender, text: str) -> float:
    began = time.perf_counter()
    await contender.take_turn(text)
    return (time.perf_counter() - began) * 1000
