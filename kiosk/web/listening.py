"""How the app is put on the network: by one HTTP implementation everywhere, so that its limits hold everywhere."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI

from kiosk.web.server import FINISH_S

_SLOWEST_START_S = 60
_IDLE_S = 75


def server_for(app: FastAPI) -> uvicorn.Server:
    """Return a server for the app; it runs on sockets that the caller has opened."""
    return uvicorn.Server(config_for(app))


def config_for(app: FastAPI | str, workers: int = 1) -> uvicorn.Config:
    """Return how the app is served; several workers import it by the name of its factory."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        timeout_worker_healthcheck=_SLOWEST_START_S,
        # Uvicorn would take httptools where it happens to be installed, and that reads headers without end.
        http="h11",
        log_config=None,
        # Paths hold the ids of conversations, and whoever knows an id can read the conversation.
        access_log=False,
        server_header=False,
        proxy_headers=False,
        # Longer than clients and proxies keep an idle one: it must not be closed while a request is on its way.
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=int(FINISH_S),
    )
