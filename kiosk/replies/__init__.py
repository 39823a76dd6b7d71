"""Everything that the kiosk says, and which question it asks next; prices and facts come from the menu alone."""

from kiosk.replies.compose import compose
from kiosk.replies.fixed import FixedKind, PaymentKind, fixed_reply, payment_reply
from kiosk.replies.grounding import check_reply
from kiosk.replies.language import languages
from kiosk.replies.turn import Reply, StaffReason, Turn

__all__ = [
    "FixedKind",
    "PaymentKind",
    "Reply",
    "StaffReason",
    "Turn",
    "check_reply",
    "compose",
    "fixed_reply",
    "languages",
    "payment_reply",
]
