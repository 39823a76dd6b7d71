"""Sentences that need no understanding: payment results, and what is said when a turn cannot be handled at all."""

from __future__ import annotations

from typing import Literal

from kiosk.ordering import Order, Rules
from kiosk.replies.events import read_back
from kiosk.replies.language import language_of
from kiosk.replies.wording import speaker

PaymentKind = Literal["read_back", "approved", "declined", "late"]
FixedKind = Literal["safe", "blank", "too_long", "private", "noted", "stale", "allergy"]
_NUMBER_CHARS = 4


def payment_reply(kind: PaymentKind, order: Order, rules: Rules, language: str) -> str:
    """Return what is said around a payment.

    Args:
        kind: `read_back` before it, `approved`, `declined`, or `late`: for an order that has changed since.
        order: The order that is paid.
        rules: The menu that prices it.
        language: The customer's language.
    """
    voice = speaker(rules.menu, language, order.revision)
    if kind == "read_back":
        return voice.words.polish(f"{read_back(order, voice)} {voice.say('pay_now')}")
    if kind == "approved":
        return voice.words.polish(voice.say("paid", number=order_number(order)))
    return voice.words.polish(voice.say(kind))


def order_number(order: Order) -> str:
    """Return the short number by which an order is called out."""
    return order.order_id[-_NUMBER_CHARS:].upper()


def fixed_reply(kind: FixedKind, language: str) -> str:
    """Return a sentence for a turn that was not handled; `safe` is for when everything failed."""
    words = language_of(language)
    return words.polish(words.say(kind))
