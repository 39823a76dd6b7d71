"""The operator's figures over HTTP: what a shop's week in the ledger comes to."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from kiosk.serving import Failure
from kiosk.serving.ledger import LedgerEntry, today
from kiosk.settings import Settings
from tests.served_week import ALERTS, CLOUD, LOCAL, fill
from tests.web_server import WebServer

pytestmark = pytest.mark.api

TOKEN = "a-long-secret"
COLUMNS = {
    "days": "day,provider,requests,successes,latency_ms,input_tokens,output_tokens,cost_usd",
    "periods": "start,turns,requests,successes,latency_ms,input_tokens,output_tokens,cost_usd,avoided_usd",
    "endpoints": "endpoint,provider,model,serving_type,answered,skipped,p50_ms,p95_ms,requests,successes,latency_ms,"
    "input_tokens,output_tokens,cost_usd,avoided_usd",
    "paths": "path,turns",
    "handovers": "from_endpoint,to_endpoint,reason,times",
    "failures": "endpoint,cause,failures",
    "alerts": "at,kind,endpoint,text,value,bound,suppressed,delivered",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('figures') / 'kiosk.db'}"


@pytest.fixture(scope="module")
def week(url: str) -> list[LedgerEntry]:
    return fill(url)


@pytest.fixture(scope="module")
def shop(url: str, week: list[LedgerEntry]) -> Iterator[WebServer]:
    with WebServer(Settings(database_url=url, operator_token=SecretStr(TOKEN))) as server:
        yield server


@pytest.fixture
def operator(shop: WebServer) -> httpx.Client:
    return shop.client(Authorization=f"Bearer {TOKEN}")


def get(operator: httpx.Client, path: str, **query: Any) -> Any:
    answer = operator.get(f"/api/operator/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(("days", "step", "periods"), [(7, "day", 7), (30, "day", 30)])
def test_the_figures_are_those_of_the_rows(
    operator: httpx.Client, week: list[LedgerEntry], days: int, step: str, periods: int
) -> None:
    found = get(operator, "figures", days=days)
    good = sum(row.cause is None for row in week)
    assert (found["step"], len(found["periods"])) == (step, periods)
    assert (found["turns"], found["requests"]) == (len({row.turn for row in week}), len(week))
    assert found["success_rate"] == pytest.approx(good / len(week))
    assert found["cost_usd"] == pytest.approx(sum(row.cost_usd for row in week))
    assert found["savings_usd"] == pytest.approx(sum(row.avoided_usd for row in week))
    for key, total in {"turns": found["turns"], "requests": len(week), "successes": good}.items():
        assert sum(period[key] for period in found["periods"]) == total
    assert sum(period["avoided_usd"] for period in found["periods"]) == pytest.approx(found["savings_usd"])
    assert sum(path["turns"] for path in found["paths"]) == found["turns"]
    assert sum(path["share"] for path in found["paths"]) == pytest.approx(1)


def test_each_endpoint_has_its_percentiles_tokens_and_cost(operator: httpx.Client, week: list[LedgerEntry]) -> None:
    cloud = next(one for one in get(operator, "figures", days=7)["endpoints"] if one["endpoint"] == CLOUD)
    rows = [row for row in week if row.endpoint == CLOUD]
    times = sorted(row.latency_ms for row in rows)
    slow = next(time for rank, time in enumerate(times, 1) if rank >= 0.95 * len(times))
    assert (cloud["requests"], cloud["p95_ms"]) == (len(rows), slow)
    assert cloud["failures"] == sum(row.cause is not None for row in rows)
    assert (cloud["input_tokens"], cloud["output_tokens"]) == (
        sum(row.input_tokens for row in rows),
        sum(row.output_tokens for row in rows),
    )
    assert cloud["cost_usd"] == pytest.approx(sum(row.cost_usd for row in rows))


def test_today_is_told_by_the_hour_of_the_shop(operator: httpx.Client, week: list[LedgerEntry]) -> None:
    found = get(operator, "figures")
    starts = [datetime.fromisoformat(period["start"]) for period in found["periods"]]
    assert (found["step"], starts[0].hour, starts[0].date()) == ("hour", 0, today())
    noon = next(period for period in found["periods"] if "T12:00" in period["start"])
    rows = [row for row in week if row.day == today() and row.at.astimezone().hour == 12]
    assert (noon["requests"], noon["turns"]) == (len(rows), len({row.turn for row in rows}))


@pytest.mark.parametrize(("language", "reason"), [("ko", "시간 초과"), ("en", "timeout")])
def test_who_took_over_from_whom_is_told_in_words(operator: httpx.Client, language: str, reason: str) -> None:
    found = get(operator, "figures", days=7, language=language)
    flow = next(one for one in found["handovers"] if one["reason"] == "timeout")
    assert (flow["from_endpoint"], flow["to_endpoint"], flow["reason_text"]) == (LOCAL, CLOUD, reason)
    assert flow["is_failure"]
    assert sum(one["share"] for one in found["handovers"]) == pytest.approx(1)
    cause = next(one for one in found["failures"] if one["cause"] == "timeout")
    assert (cause["failures"], cause["cause_text"]) == (flow["times"], reason)
    assert found["recommendations"][0]["text"]


def test_alerts_can_be_seen_by_kind_and_the_counts_are_those_of_all(operator: httpx.Client) -> None:
    every, slow = get(operator, "alerts", days=7), get(operator, "alerts", days=7, kind="slow")
    assert every["kinds"] == slow["kinds"] == {"error": 5, "slow": 3, "cost": 1}
    assert len(every["alerts"]) == len(ALERTS)
    assert {alert["kind"] for alert in slow["alerts"]} == {"slow"}
    assert len(every["periods"]) == 7
    assert every["periods"][-1]["kinds"] == {"error": 2, "slow": 1}
    assert len(get(operator, "alerts")["alerts"]) == 3
    assert get(operator, "alerts", days=7, kind="none")["alerts"] == []


def test_a_breaker_is_shown_with_its_failures_and_the_time_until_it_opens_again(
    shop: WebServer, operator: httpx.Client
) -> None:
    assert shop.app is not None
    registry = shop.app.state.server.kiosk.registry
    for _ in range(3):
        registry.health.fail(registry.endpoints["embedded"], Failure("server_error", ""))
    found = {one["endpoint"]: one for one in get(operator, "breakers", language="en")}
    shown = found["embedded"]
    assert (shown["state"], shown["failures"], shown["failures_to_open"]) == ("open", 3, 3)
    assert (shown["block"], shown["cause_text"]) == ("breaker_open", "server error")
    assert datetime.fromisoformat(shown["until"]) - datetime.now().astimezone() < timedelta(seconds=31)
    assert (found[CLOUD]["state"], found[CLOUD]["block"]) == ("closed", "not_set_up")


def test_every_table_can_be_saved_and_its_columns_keep_their_names(operator: httpx.Client) -> None:
    found = get(operator, "figures", days=7)
    rows = {"paths": len(found["paths"]), "periods": 7, "endpoints": 3, "handovers": 3, "failures": 3, "alerts": 9}
    for table, columns in COLUMNS.items():
        answer = operator.get("/api/operator/report.csv", params={"days": 7, "table": table})
        lines = list(csv.reader(io.StringIO(answer.text)))
        assert ",".join(lines[0]) == columns
        assert len(lines) - 1 == rows.get(table, len(lines) - 1)
    refused = operator.get("/api/operator/report.csv", params={"table": "customers"})
    assert refused.status_code == 422


def test_the_documentation_says_what_the_figures_are(operator: httpx.Client) -> None:
    paths = operator.get("/openapi.json").json()["paths"]
    for name in ("figures", "breakers", "alerts"):
        answers = paths[f"/api/operator/{name}"]["get"]["responses"]
        assert {"200", "401", "403"} <= set(answers)
        assert "$ref" in str(answers["200"]["content"]["application/json"]["schema"])
