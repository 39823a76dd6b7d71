"""The benchmark measures what it says it measures."""

from pathlib import Path
from typing import Any

import pytest

from evals.bench import AIMS, Plan, run_bench
from evals.bench.idle import idle_graph
from evals.bench.serving import ServingPlan, run_serving_bench
from evals.runner import Runner
from evals.suite import Suite, find_suite, load_suite
from graph import create_graph
from kiosk.menu import load_menu
from kiosk.settings import Settings

pytestmark = pytest.mark.graph

TINY = Plan(turns=4, long_turns=20, long_repeats=1, threads=3, turns_per_thread=2, ask_repeats=1)


@pytest.fixture(scope="module")
def steady() -> Suite:
    return load_suite(find_suite("bench"), load_menu())


def test_the_idle_graph_has_the_shape_of_the_machine() -> None:
    machine, idle = create_graph(Settings()).get_graph(), idle_graph().get_graph()
    assert set(idle.nodes) == set(machine.nodes)
    assert set(idle.edges) == set(machine.edges)


def test_the_idle_graph_runs_through_as_many_steps_as_an_ordinary_turn() -> None:
    turn: Any = {"messages": [{"role": "user", "content": "에스프레소 한 잔 주세요"}]}
    place: Any = {"configurable": {"thread_id": "t"}}
    machine = [*create_graph(Settings()).stream(turn, place, stream_mode="updates")]
    idle = [*idle_graph().stream(turn, stream_mode="updates")]
    assert [*map(list, idle)] == [*map(list, machine)]


def test_the_steady_conversation_is_understood_and_ends_as_it_began(steady: Suite) -> None:
    assert Runner(Settings(), load_menu()).run(steady).exact.value == 1
    assert [conversation.turns[-1].order for conversation in steady.conversations] == [()]


def test_everything_is_measured_and_nothing_is_left_behind(
    tmp_path: Path, steady: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[int] = []
    report = run_bench(Settings(), steady, steady, TINY, lambda: told.append(1))
    figures = report.to_dict()
    assert len(told) == TINY.steps
    assert all(value > 0 for name, value in figures.items() if name != "aims")
    assert figures["aims"].keys() == AIMS.keys()
    assert report.ratio == pytest.approx(report.turn_p50_ms / report.idle_p50_ms, abs=0.02)
    assert list(tmp_path.iterdir()) == []


def test_the_serving_benchmark_counts_what_models_are_asked_for(steady: Suite) -> None:
    plan = ServingPlan(turns=2, everyday_turns=4, paired_turns=2, speed=20)
    told: list[int] = []
    report = run_serving_bench(steady, plan, lambda: told.append(1))
    calls = {one.name: one.calls_per_turn for one in report.contenders}
    assert len(told) == plan.steps
    assert calls == {
        "kiosk_everyday": 0,
        "kiosk_asking": 1,
        "kiosk_cloud": 1,
        "with_fallbacks": 1,
        "three_calls": 3,
    }
    assert report.most_calls == 1
    cost = {one.name: one.cost_per_1000_turns_usd for one in report.contenders}
    assert cost["kiosk_asking"] == 0 < cost["three_calls"] < cost["kiosk_cloud"]
    assert report.to_dict()["aims"].keys() == {"times_faster", "most_calls", "overhead_ms"}
