"""The app as `langgraph dev` mounts it beside Studio's own API (langgraph.json); its conversations are the server's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from kiosk.web.app import create_app


class _Whole(BaseRoute):
    """All routes of an app, with its guards around them and around nothing else.

    The development server puts the middleware of a mounted app around its own API as well, and there ours would lock
    Studio out, whose page comes from another site.
    """

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether one of the app's routes is meant."""
        found = (route.matches(scope)[0] for route in self.app.routes)
        return max(found, key=lambda match: match.value, default=Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer."""
        await self.app(scope, receive, send)


def studio_app() -> Starlette:
    """Return an app that holds the server's app as one route."""
    served = create_app()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with served.router.lifespan_context(served):
            yield

    return Starlette(routes=[_Whole(served)], lifespan=lifespan)


app = studio_app()
