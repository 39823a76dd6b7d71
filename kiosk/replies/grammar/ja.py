"""Japanese: words do not change, and no spaces stand between them."""

from kiosk.replies.grammar.unspaced import polish

__all__ = ["polish"]
