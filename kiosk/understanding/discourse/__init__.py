"""The discourse: frames change a draft of the order, which becomes actions."""

from kiosk.understanding.discourse.carry_out import carry_out
from kiosk.understanding.discourse.conversation import Conversation
from kiosk.understanding.discourse.items import accept_offer
from kiosk.understanding.discourse.plan import plan

__all__ = ["Conversation", "accept_offer", "carry_out", "plan"]
