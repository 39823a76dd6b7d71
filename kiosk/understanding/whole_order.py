"""What is said about the order as a whole: pay, cancel, start over, call staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kiosk.ordering import Action, CancelOrder, ClearOrder
from kiosk.understanding.meanings import Word
from kiosk.understanding.tokens import Token


@dataclass
class Commands:
    """The commands of a clause, and the `rest` of it: what is about parts of the order."""

    pays: bool = False
    calls_staff: bool = False
    ending: Action | None = None
    rest: list[Token] = field(default_factory=list)


def take_commands(clause: Sequence[Token]) -> Commands:
    """Take out of a clause what is about the order as a whole."""
    commands = Commands()
    negated = any(token.has("DONT") for token in clause)
    about_units = any(token.name or token.has("REF", "LAST_REF") for token in clause)
    for position, token in enumerate(clause):
        if token.has("PAY"):
            commands.pays = commands.pays or not negated
        elif token.has("STAFF") and not about_units:
            commands.calls_staff = True
        elif token.has("CLEAR"):
            commands.ending = ClearOrder()
        elif token.has("CANCEL") and _cancels_everything(clause, position):
            commands.ending = CancelOrder()
        elif token.has("CANCEL"):
            commands.rest.append(replace(token, meanings=(Word("REMOVE"),)))
        else:
            commands.rest.append(token)
    return commands


def _cancels_everything(clause: Sequence[Token], position: int) -> bool:
    """As in "주문 취소", "다 취소해 주세요" end the order; "라떼 취소" takes the latte off."""
    named = any(token.name or token.options or token.category for token in clause)
    if not named and position > 0 and clause[position - 1].has("WANT", "ALL"):
        return True
    pointed = any(token.position or token.has("REF", "LAST_REF") for token in clause)
    return not named and not pointed and not _counts_units(clause)


def _counts_units(clause: Sequence[Token]) -> bool:
    """As in "하나는 취소", "두 잔 취소", "cancel one": units of what is there."""
    return any(
        token.number and not token.number.article and (not token.number.bound or _is_counted(clause, position))
        for position, token in enumerate(clause)
    )


def _is_counted(clause: Sequence[Token], position: int) -> bool:
    return position + 1 < len(clause) and clause[position + 1].has("COUNTER")
