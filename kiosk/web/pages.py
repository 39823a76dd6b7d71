"""The pages, their files and the menu's pictures."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from kiosk.web.pictures import picture
from kiosk.web.server import Server

STATIC = FilePath(str(files("kiosk.web") / "static"))
router = APIRouter(include_in_schema=False)

_REVALIDATE = {"Cache-Control": "no-cache"}
_PICTURE_AGE = {"Cache-Control": "public, max-age=3600"}


class _StaticFiles(StaticFiles):
    """Files that a browser asks about again, so that an update is there at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(_REVALIDATE)
        return response


static_files = _StaticFiles(directory=STATIC)


@router.get("/")
async def root() -> RedirectResponse:
    """Lead to the kiosk page."""
    return RedirectResponse("/kiosk")


@router.get("/kiosk")
async def kiosk() -> FileResponse:
    """Return the page that customers touch."""
    return FileResponse(STATIC / "kiosk.html", headers=_REVALIDATE)


@router.get("/dashboard")
async def dashboard() -> FileResponse:
    """Return the operator's page; what it shows needs the operator's token."""
    return FileResponse(STATIC / "dashboard.html", headers=_REVALIDATE)


@router.get("/pictures/{item_id}.svg")
async def item_picture(request: Request, item_id: Annotated[str, Path(pattern="^[a-z0-9_]+$")]) -> Response:
    """Return the drawing of an item; one that nobody has drawn looks like its shelf."""
    server: Server = request.app.state.server
    item = server.kiosk.rules.menu.by_id.get(item_id)
    return _drawn(item_id, item.category if item else "")


@cache
def _drawn(item_id: str, category: str) -> Response:
    return Response(picture(item_id, category), media_type="image/svg+xml", headers=_PICTURE_AGE)
