"""What outlives a conversation, in SQL tables: SQLite by default, PostgreSQL by URL.

SQLAlchemy takes a tenth of a second to import and a kiosk in memory does not need it, so it is not imported here.
"""

from kiosk.storage.errors import StorageError

__all__ = ["StorageError"]
