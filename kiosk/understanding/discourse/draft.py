"""The order while a turn is being understood: units that can be split and changed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kiosk.menu import OptionSetting
from kiosk.ordering import Order, OrderError, Rules, missing_options
from kiosk.ordering.operations import OptionChanges, settle


@dataclass(eq=False)
class Piece:
    """Units of one kind; `origin` is the line that they stood on before the turn, None for new ones.

    `explicit` tells that the customer said how many.
    """

    item: str
    quantity: int
    options: dict[str, OptionSetting] = field(default_factory=dict)
    origin: str | None = None
    explicit: bool = False


class Draft:
    """A working copy of the order. Equal units are not merged, so that "one of them" stays what was meant."""

    def __init__(self, order: Order, rules: Rules) -> None:
        """Start from the lines of an order."""
        self.order = order
        self.rules = rules
        self.lines = () if order.is_closed else order.lines
        self.pieces = [Piece(line.item, line.quantity, dict(line.options), line.line_id, True) for line in self.lines]
        self.removed: Counter[str] = Counter()

    def add(self, item: str, quantity: int, explicit: bool) -> Piece:
        """Put new units on the draft; `explicit` when the customer named the number."""
        piece = Piece(item, quantity, explicit=explicit)
        self.pieces.append(piece)
        return piece

    def split(self, piece: Piece, quantity: int) -> Piece:
        """Return `quantity` units of a piece as a piece of their own."""
        if quantity >= piece.quantity:
            return piece
        part = Piece(piece.item, quantity, dict(piece.options), piece.origin, piece.explicit)
        piece.quantity -= quantity
        self.pieces.insert(self.pieces.index(piece) + 1, part)
        return part

    def change(self, piece: Piece, changes: OptionChanges) -> None:
        """Change options.

        Raises:
            OrderError: The item does not allow the change; the piece is as before.
        """
        piece.options = settle(self.rules, piece.item, piece.options, changes)

    def replace(self, piece: Piece, item: str) -> None:
        """Turn a piece into another item, keeping the settings that the new item offers."""
        offered = self.rules.menu.options_of(item)
        kept: dict[str, OptionSetting] = {
            option: setting
            for option, setting in piece.options.items()
            if option in offered and offered[option].accepts(setting)
        }
        try:
            piece.options = settle(self.rules, item, {}, kept)
        except OrderError:  # the new item is not sold in that form
            piece.options = {}
        piece.item = item

    def remove(self, piece: Piece, quantity: int | None = None) -> None:
        """Take units off the draft."""
        taken = piece.quantity if quantity is None else min(quantity, piece.quantity)
        if piece.origin is not None:
            self.removed[piece.origin] += taken
        piece.quantity -= taken
        if not piece.quantity:
            self.pieces.remove(piece)

    def missing(self, piece: Piece) -> list[str]:
        """Return the required options that a piece lacks."""
        return missing_options(self.rules.menu, piece.item, piece.options)

    def setting(self, piece: Piece, option: str) -> OptionSetting | None:
        """Return the setting that a piece has, by choice, by default or because the item allows no other."""
        if option in piece.options:
            return piece.options[option]
        group = self.rules.menu.options_of(piece.item).get(option)
        return group.neutral if group else self.rules.menu.fixed(piece.item).get(option)
