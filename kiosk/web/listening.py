"""How the app is put on the network: by one HTTP implementation everywhere, so that its limits hold everywhere."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI

from kiosk.web.server import FINISH_S


def server_for(app: FastAPI) -> uvicorn.Server:
    """Return a server for the app; it runs on sockets that the caller has opened."""
    config = uvicorn.Config(
        app,
        # Uvicorn would take httptools where it happens to be installed, and that reads headers without end.
        http="h11",
        log_config=None,
        # Paths hold the ids of conversations, and whoever knows an id can read the conversation.
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(FINISH_S),
    )
    return uvicorn.Server(config)
