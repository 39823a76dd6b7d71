"""Score conversations: is the cart right, is the status right, does the reply say what it must?"""

from __future__ import annotations

import json
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

from evals.suite import Conversation, ExpectedLine, Turn
from kiosk.menu import Menu, OptionSetting
from state import OrderState

Unit = tuple[str, tuple[tuple[str, str], ...]]
"""An item and its settings as (option, JSON of the setting), sorted: JSON tells 1 from true, Python does not."""
Cart = Counter[Unit]


@dataclass(frozen=True)
class TurnResult:
    """One turn, measured. `reply_right` is None where the suite says nothing about the reply.

    `error` is the class of an exception that ended the turn; `got` and `expected` are lines of text for people.
    """

    conversation: str
    turn: int
    user: str
    cart_right: bool
    status_right: bool
    reply_right: bool | None
    expected: tuple[str, ...] = ()
    got: tuple[str, ...] = ()
    reply: str = ""
    error: str | None = None
    endpoint: str | None = None
    latency_ms: float = 0.0

    @property
    def exact(self) -> bool:
        """Cart and status are right."""
        return self.cart_right and self.status_right

    @property
    def exact_with_reply(self) -> bool:
        """Cart, status and the words of the reply are right."""
        return self.exact and self.reply_right is not False


@dataclass(frozen=True)
class Share:
    """`right` of `total`."""

    right: int
    total: int

    @property
    def value(self) -> float:
        """The share as a number in 0..1; of nothing, everything is right."""
        return self.right / self.total if self.total else 1.0

    @classmethod
    def of(cls, verdicts: Iterable[bool]) -> Share:
        """Count verdicts."""
        counted = list(verdicts)
        return cls(sum(counted), len(counted))

    def to_dict(self) -> dict[str, float | int]:
        """Return the plain form."""
        return {"right": self.right, "total": self.total, "score": round(self.value, 4)}


@dataclass(frozen=True)
class Report:
    """The score of a suite."""

    suite: str
    results: tuple[tuple[Conversation, tuple[TurnResult, ...]], ...]
    turns: tuple[TurnResult, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Lay the turns of all conversations end to end."""
        object.__setattr__(self, "turns", tuple(turn for _, turns in self.results for turn in turns))

    @property
    def exact(self) -> Share:
        """Turns whose cart and status are right."""
        return Share.of(turn.exact for turn in self.turns)

    @property
    def exact_with_replies(self) -> Share:
        """Turns whose cart, status and reply are right."""
        return Share.of(turn.exact_with_reply for turn in self.turns)

    @property
    def replies(self) -> Share:
        """Replies that are right, of those the suite says something about."""
        return Share.of(turn.reply_right for turn in self.turns if turn.reply_right is not None)

    @property
    def conversations(self) -> Share:
        """Conversations of which every turn is exact."""
        return Share.of(all(turn.exact for turn in turns) for _, turns in self.results)

    def by_tag(self) -> dict[str, Share]:
        """Exact turns of the conversations with each tag, the most frequent tag first."""
        verdicts: dict[str, list[bool]] = {}
        for conversation, turns in self.results:
            for tag in dict.fromkeys(conversation.tags):
                verdicts.setdefault(tag, []).extend(turn.exact for turn in turns)
        shares = {tag: Share.of(values) for tag, values in verdicts.items()}
        return dict(sorted(shares.items(), key=lambda entry: (-entry[1].total, entry[0])))

    def failures(self) -> list[TurnResult]:
        """Turns in which something is wrong, in suite order."""
        return [turn for turn in self.turns if not turn.exact_with_reply]

    def served_by(self) -> dict[str, int]:
        """Turns per endpoint that answered them."""
        return dict(Counter(turn.endpoint or "none" for turn in self.turns).most_common())

    def latency_ms(self) -> dict[str, float]:
        """Median and 95th percentile of a turn's time."""
        times = [turn.latency_ms for turn in self.turns]
        p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        return {"p50": round(statistics.median(times), 2), "p95": round(p95, 2)}

    def to_dict(self) -> dict[str, Any]:
        """Return the plain form that programs read."""
        return {
            "suite": self.suite,
            "exact": self.exact.to_dict(),
            "exact_incl_replies": self.exact_with_replies.to_dict(),
            "replies": self.replies.to_dict(),
            "dialogues": self.conversations.to_dict(),
            "tags": {tag: share.to_dict() for tag, share in self.by_tag().items()},
            "served_by": self.served_by(),
            "latency_ms": self.latency_ms(),
            "failures": [_failure(turn) for turn in self.failures()],
        }


def score_turn(
    conversation: Conversation,
    position: int,
    order: OrderState | None,
    reply: str,
    menu: Menu,
) -> TurnResult:
    """Compare what the kiosk made of a turn with what the suite says; no order counts as an empty open one."""
    turn = conversation.turns[position]
    wanted, actual = expected_cart(turn.order, menu), actual_cart(order, menu)
    status = order["status"] if order is not None else "open"
    differing = {unit for unit in wanted | actual if wanted[unit] != actual[unit]}
    expected, got = _readable(wanted, differing), _readable(actual, differing)
    status_right = turn.status in (None, status)
    if not status_right:
        expected, got = (*expected, f"status {turn.status}"), (*got, f"status {status}")
    return TurnResult(
        conversation=conversation.id,
        turn=position + 1,
        user=turn.user,
        cart_right=wanted == actual,
        status_right=status_right,
        reply_right=reply_right(turn, reply),
        expected=expected,
        got=got,
        reply=reply,
    )


def failed_turn(conversation: Conversation, position: int, error: str) -> TurnResult:
    """Return the result of a turn that ended in an exception; `error` is its class."""
    turn = conversation.turns[position]
    wrong_reply = False if turn.reply_any or turn.reply_none else None
    return TurnResult(conversation.id, position + 1, turn.user, False, False, wrong_reply, error=error)


def expected_cart(lines: Iterable[ExpectedLine], menu: Menu) -> Cart:
    """Return the suite's cart in the form in which carts are compared."""
    return _cart(((line.item, line.quantity, line.options) for line in lines), menu)


def actual_cart(order: OrderState | None, menu: Menu) -> Cart:
    """Return the kiosk's cart in the form in which carts are compared."""
    lines = order["lines"] if order is not None else []
    return _cart(((line["item"], line["quantity"], line["options"]) for line in lines), menu)


def reply_right(turn: Turn, reply: str) -> bool | None:
    """Tell whether the reply has one of the wanted words and none of the unwanted; None: the suite does not say."""
    if not turn.reply_any and not turn.reply_none:
        return None
    text = _squeezed(reply)
    has_wanted = not turn.reply_any or any(_squeezed(word) in text for word in turn.reply_any)
    return has_wanted and not any(_squeezed(word) in text for word in turn.reply_none)


def _cart(lines: Iterable[tuple[str, int, Mapping[str, OptionSetting]]], menu: Menu) -> Cart:
    """Merge equal lines and leave out the settings that a customer did not have to say."""
    cart: Cart = Counter()
    for item, quantity, options in lines:
        told = {key: value for key, value in options.items() if not _goes_without_saying(menu, item, key, value)}
        cart[item, tuple(sorted((key, json.dumps(value)) for key, value in told.items()))] += quantity
    return cart


def _goes_without_saying(menu: Menu, item: str, option: str, setting: OptionSetting) -> bool:
    group = menu.options_of(item).get(option)
    if group is None:
        return menu.fixed(item).get(option) == setting
    return json.dumps(group.neutral) == json.dumps(setting)


def _squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).lower().replace(",", "").split())


def _readable(cart: Cart, units: Set[Unit]) -> tuple[str, ...]:
    return tuple(f"{cart[unit]} x {_unit_text(*unit)}" for unit in sorted(units) if cart[unit])


def _unit_text(item: str, settings: tuple[tuple[str, str], ...]) -> str:
    options = ", ".join(f"{option}={value}" for option, value in settings).replace('"', "")
    return f"{item} ({options})" if options else item


def _failure(turn: TurnResult) -> dict[str, Any]:
    return {
        "id": turn.conversation,
        "turn": turn.turn,
        "user": turn.user,
        "exact": turn.exact,
        "reply_right": turn.reply_right,
        "expected": list(turn.expected),
        "got": list(turn.got),
        "reply": turn.reply,
        "error": turn.error,
    }
