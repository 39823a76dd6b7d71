"""The server: an HTTP API with server-sent events, and the pages that customers and operators open."""

from kiosk.web.app import create_app

__all__ = ["create_app"]
