"""The app: lifetime, guards, API and pages put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from graph import open_graph
from graph.retention import Retention
from kiosk.serving.probes import Probes
from kiosk.settings import Settings
from kiosk.web import api, errors, operator, pages, payments, visits
from kiosk.web.guards import BodyLimit, KnownHostOnly, OwnOriginOnly, RateLimit, SecurityHeaders
from kiosk.web.metrics import CountRequests, Metrics
from kiosk.web.payments import Deadlines
from kiosk.web.server import Server
from kiosk.web.sweeper import Sweeper

_ABOUT = "Orders by talk and touch. Amounts are integer minor units of the order's currency; times are UTC."


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the server's app; it opens its database when it starts and finishes its turns when it stops.

    Args:
        settings: What an operator sets; None reads the environment.
    """
    settings = settings or Settings()
    metrics = Metrics()
    # The interactive documentation pages load scripts from other sites, so only the OpenAPI document is served.
    app = FastAPI(
        title="Kiosk agent",
        description=_ABOUT,
        version=version("kiosk-agent"),
        lifespan=_lifespan(settings, metrics),
        docs_url=None,
        redoc_url=None,
    )
    errors.install(app)
    # The one that is added last is passed first.
    app.add_middleware(BodyLimit)
    app.add_middleware(OwnOriginOnly)
    app.add_middleware(KnownHostOnly, names=settings.allowed_hosts)
    app.add_middleware(RateLimit, per_minute=settings.requests_per_minute)
    app.add_middleware(errors.Caught)
    app.add_middleware(CountRequests, metrics=metrics)
    app.add_middleware(SecurityHeaders)
    app.include_router(api.router)
    app.include_router(payments.router)
    app.include_router(visits.router)
    app.include_router(operator.router)
    app.include_router(pages.router)
    app.mount("/static", pages.static_files, name="static")
    return app


def _lifespan(settings: Settings, metrics: Metrics) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_graph(settings) as graph:
            server = app.state.server = Server(graph, metrics)
            probes = Probes(graph.kiosk.registry, settings.probe_seconds)
            probes.start()
            retention = Retention(settings)
            retention.start()
            deadlines, sweeper = Deadlines(server), Sweeper(server.sessions)
            deadlines.start()
            sweeper.start()
            try:
                yield
            finally:
                await sweeper.stop()
                await deadlines.stop()
                await server.stop()
                await asyncio.to_thread(retention.stop)
                await asyncio.to_thread(probes.stop)

    return lifespan
