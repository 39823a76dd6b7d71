"""Alembic's environment; `kiosk.storage.schema` runs it."""
