"""The operator's figures: what the models did and cost, how they stand, what went wrong; also as tables."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Engine

from kiosk.serving.feedback import Figures, recommendations
from kiosk.serving.health import FAILURES_TO_OPEN
from kiosk.serving.ledger import today
from kiosk.serving.models import Endpoint
from kiosk.serving.report import Report, TableName, Words, load_words, render_csv, worded
from kiosk.storage.database import database
from kiosk.storage.statistics import count_alerts, read_alerts, read_figures
from kiosk.web.figures_schemas import (
    Advice,
    AlertFigure,
    AlertHistory,
    AlertPeriod,
    Breaker,
    EndpointFigure,
    FailureFigure,
    FiguresView,
    HandoverFigure,
    PathFigure,
    PeriodFigure,
    Step,
)
from kiosk.web.server import Server

Days = Annotated[Literal["1", "7", "30"], Query(description="days that count, today included")]
Language = Annotated[Literal["ko", "en"], Query(description="of the texts")]
Kind = Annotated[str | None, Query(max_length=32, description="only alerts of this kind in `alerts`")]
_SHOWN_ALERTS = 100

router = APIRouter()
Found = TypeVar("Found")


@router.get("/figures")
async def figures(request: Request, days: Days = "1", language: Language = "ko") -> FiguresView:
    """Return the figures of a range of days: by the hour for today, by the day otherwise."""
    since = _since(days)
    found = await _read(request, lambda engine: read_figures(engine, since))
    return _view(found, since, load_words(language))


@router.get("/breakers")
async def breakers(request: Request, language: Language = "ko") -> list[Breaker]:
    """Return how every endpoint stands right now."""
    registry, words = _server(request).kiosk.registry, load_words(language)
    return [_breaker(request, endpoint, words) for endpoint in registry.endpoints.values()]


@router.get("/alerts")
async def alerts(request: Request, days: Days = "1", kind: Kind = None) -> AlertHistory:
    """Return the history of alerts; counts are those of all kinds."""
    since = _since(days)
    tally, last = await _read(
        request, lambda engine: (count_alerts(engine, since), read_alerts(engine, _SHOWN_ALERTS, since, kind))
    )
    kinds: Counter[str] = Counter()
    for counts in tally.values():
        kinds.update(counts)
    return AlertHistory(
        since=since,
        step=_step(since),
        kinds=dict(kinds.most_common()),
        periods=[AlertPeriod(start=start, kinds=counts) for start, counts in tally.items()],
        alerts=[AlertFigure.model_validate(entry) for entry in last],
    )


@router.get("/report")
async def report(request: Request, days: Days = "1", language: Language = "ko") -> dict[str, Any]:
    """Return the report that `kiosk report --json` prints."""
    found = await _read(request, lambda engine: _report(engine, _since(days)))
    return found.to_dict(load_words(language))


@router.get("/report.csv", response_class=Response)
async def report_csv(request: Request, days: Days = "30", table: TableName = "days") -> Response:
    """Return one table of the report for other programs; the names of its columns stay."""
    found = await _read(request, lambda engine: _report(engine, _since(days), all_alerts=True))
    name = f"kiosk-{days}-days.csv" if table == "days" else f"kiosk-{table}-{days}-days.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(render_csv(found, table), media_type="text/csv", headers=headers)


def _server(request: Request) -> Server:
    server: Server = request.app.state.server
    return server


async def _read(request: Request, ask: Callable[[Engine], Found]) -> Found:
    url = _server(request).settings.database_url

    def asked() -> Found:
        with database(url) as engine:
            return ask(engine)

    return await asyncio.to_thread(asked)


def _report(engine: Engine, since: date, *, all_alerts: bool = False) -> Report:
    last = read_alerts(engine, None, since) if all_alerts else read_alerts(engine)
    return Report(read_figures(engine, since), last, datetime.now().astimezone())


def _since(days: str) -> date:
    return today() - timedelta(days=int(days) - 1)


def _step(since: date) -> Step:
    return "hour" if since == today() else "day"


def _view(found: Figures, since: date, words: Words) -> FiguresView:
    every = found.everything
    return FiguresView(
        since=since,
        step=_step(since),
        turns=found.turns,
        requests=every.requests,
        success_rate=every.success_rate,
        cost_usd=found.cost_usd,
        savings_usd=found.savings_usd,
        fallbacks=found.fallbacks,
        cascades=found.cascades,
        cascade_share=found.cascade_share,
        hedges=found.hedges,
        periods=[PeriodFigure.model_validate(entry) for entry in found.periods],
        endpoints=[EndpointFigure.model_validate(entry) for entry in found.endpoints],
        paths=[PathFigure(path=it.path, turns=it.turns, share=it.turns / found.turns) for it in found.paths],
        handovers=_handovers(found, words),
        failures=[
            FailureFigure(
                endpoint=it.endpoint, cause=it.cause, cause_text=words.of("cause", it.cause), failures=it.failures
            )
            for it in found.causes
        ],
        recommendations=[Advice(kind=it.kind, text=worded(words, it.kind, it.values)) for it in recommendations(found)],
    )


def _handovers(found: Figures, words: Words) -> list[HandoverFigure]:
    times = sum(it.times for it in found.handovers)
    return [
        HandoverFigure(
            from_endpoint=it.from_endpoint,
            to_endpoint=it.to_endpoint,
            reason=it.reason,
            reason_text=words.of("cause", it.reason),
            times=it.times,
            share=it.times / times,
            is_failure=it.is_failure,
        )
        for it in found.handovers
    ]


def _breaker(request: Request, endpoint: Endpoint, words: Words) -> Breaker:
    registry = _server(request).kiosk.registry
    stands = registry.health.condition(endpoint)
    return Breaker(
        endpoint=endpoint.id,
        name=endpoint.label,
        serving_type=endpoint.serving_type.value,
        state=stands.state,
        failures=stands.failures,
        failures_to_open=FAILURES_TO_OPEN,
        block="not_set_up" if endpoint.id in registry.unavailable else stands.block,
        cause=stands.cause,
        cause_text=words.of("cause", stands.cause) or None,
        until=stands.until,
    )
