"""What can go wrong with stored conversations; the same words as for everything else that is stored."""

from kiosk.storage.errors import StorageError

__all__ = ["StorageError"]
