"""From a changed draft to the actions that turn the order into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from kiosk.menu import OptionSetting
from kiosk.ordering import (
    Action,
    AddItem,
    ChangeOptions,
    Line,
    RemoveItem,
    ReplaceItem,
    SetQuantity,
    TurnProposal,
    apply_proposal,
)
from kiosk.understanding.discourse.draft import Draft, Piece

Units = Counter[tuple[str, frozenset[tuple[str, OptionSetting]]]]


def plan(draft: Draft) -> list[Action]:
    """Return actions that turn the order into the draft: as few as the customer would count, if those are legal."""
    actions = _close_plan(draft)
    return actions if _leads_to(draft, actions) else _plain_plan(draft)


def _leads_to(draft: Draft, actions: list[Action]) -> bool:
    outcome = apply_proposal(draft.order, TurnProposal(actions=tuple(actions)), draft.rules, lambda: "")
    if outcome.issues:
        return False
    if any(event.problem for event in outcome.events):
        return True  # above a cap: the kiosk asks or refuses, so the units are not there yet
    return _units(outcome.order.lines) == _units(draft.pieces)


def _units(kinds: Iterable[Line | Piece]) -> Units:
    units: Units = Counter()
    for kind in kinds:
        units[kind.item, frozenset(kind.options.items())] += kind.quantity
    return units


def _close_plan(draft: Draft) -> list[Action]:
    """Change lines where they stand."""
    actions: list[Action] = []
    for line in draft.lines:
        actions += _line_actions(draft, line, [piece for piece in draft.pieces if piece.origin == line.line_id])
    return actions + _additions([piece for piece in draft.pieces if piece.origin is None])


def _line_actions(draft: Draft, line: Line, pieces: list[Piece]) -> list[Action]:
    rest = sum(piece.quantity for piece in pieces)
    if not rest:
        return [RemoveItem(line_id=line.line_id)]
    actions: list[Action] = []
    removed = draft.removed[line.line_id]
    if rest < line.quantity and removed == line.quantity - rest:
        actions.append(RemoveItem(line_id=line.line_id, quantity=removed))
    elif rest != line.quantity:
        actions.append(SetQuantity(line_id=line.line_id, quantity=rest))
    for piece in pieces:
        if not line.same_kind(piece.item, piece.options):
            actions.append(_change(draft, line, piece, piece.quantity if piece.quantity < rest else None))
            rest -= piece.quantity
    return actions


def _change(draft: Draft, line: Line, piece: Piece, quantity: int | None) -> Action:
    if piece.item == line.item:
        return ChangeOptions(line_id=line.line_id, options=_difference(line.options, piece.options), quantity=quantity)
    offered = draft.rules.menu.options_of(piece.item)
    kept = {key: value for key, value in line.options.items() if key in offered and offered[key].accepts(value)}
    changes = _difference(kept, piece.options)
    return ReplaceItem(line_id=line.line_id, item=piece.item, options=changes, quantity=quantity)


def _plain_plan(draft: Draft) -> list[Action]:
    """Take changed lines off and put their units on again: always right where changes in place collide."""
    actions: list[Action] = []
    again: list[Piece] = []
    for line in draft.lines:
        pieces = [piece for piece in draft.pieces if piece.origin == line.line_id]
        if _units(pieces) != _units([line]):
            actions.append(RemoveItem(line_id=line.line_id))
            again += pieces
    return actions + _additions([*again, *(piece for piece in draft.pieces if piece.origin is None)])


def _additions(pieces: list[Piece]) -> list[Action]:
    settings = {(piece.item, frozenset(piece.options.items())): piece.options for piece in pieces}
    return [
        AddItem(item=kind[0], quantity=quantity, options=dict(settings[kind]))
        for kind, quantity in _units(pieces).items()
    ]


def _difference(
    before: Mapping[str, OptionSetting], after: Mapping[str, OptionSetting]
) -> dict[str, OptionSetting | None]:
    gone: dict[str, OptionSetting | None] = {option: None for option in before if option not in after}
    return gone | {option: setting for option, setting in after.items() if before.get(option) != setting}
