"""Sentences that need no understanding: payment results, and what is said when a turn cannot be handled at all."""

from __future__ import annotations

from typing import Literal

from kiosk.ordering import Rules
from kiosk.replies.language import language_of
from kiosk.replies.wording import speaker
from state import OrderState

PaymentKind = Literal["approved", "declined", "timed_out", "late", "sold_out"]
FixedKind = Literal["safe", "blank", "too_long", "private", "noted", "stale", "allergy"]


def payment_reply(kind: PaymentKind, order: OrderState, rules: Rules, language: str) -> str:
    """Return what is said about a payment.

    Args:
        kind: `approved`, `declined`, `timed_out`, or why an approval does not count: `late` (the order has changed
            since), `sold_out` (something of it is gone).
        order: The order as it is now.
        rules: What is sold, and what is sold out.
        language: The customer's language.
    """
    voice = speaker(rules.menu, language, order["revision"])
    if kind == "approved":
        return voice.words.polish(voice.say("paid", number=order["number"]))
    if kind == "sold_out":
        items = dict.fromkeys(line["item"] for line in order["lines"])
        gone = [item for item in items if item in rules.menu.by_id and rules.is_sold_out(item)]
        return voice.words.polish(voice.say("sold_out_paid", items=voice.names(gone)))
    return voice.words.polish(voice.say(kind))


def fixed_reply(kind: FixedKind, language: str) -> str:
    """Return a sentence for a turn that was not handled; `safe` is for when everything failed."""
    words = language_of(language)
    return words.polish(words.say(kind))
