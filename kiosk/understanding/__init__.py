"""The embedded engine: the customer's words, the order and the last question become a proposal, without a network."""

from kiosk.understanding.engine import Engine

__all__ = ["Engine"]
