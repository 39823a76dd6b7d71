"""Whatever a turn does to the draft, the actions turn the order into exactly that."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.menu import Menu, OptionSetting
from kiosk.ordering import Caps, Line, Order, OrderError, Rules, TurnProposal, apply_proposal
from kiosk.understanding.discourse.draft import Draft
from kiosk.understanding.discourse.plan import plan
from tests.unit.data.menus import menus

pytestmark = pytest.mark.unit

Units = Counter[tuple[str, frozenset[tuple[str, object]]]]


def legal_options(data: st.DataObject, menu: Menu, draft: Draft, item: str) -> None:
    """Change one option of a piece that has the item to anything that its group accepts."""
    piece = next(piece for piece in draft.pieces if piece.item == item)
    groups = list(menu.options_of(item).values())
    if not groups:
        return
    group = data.draw(st.sampled_from(groups))
    choices: dict[str, list[OptionSetting]] = {"choice": [*group.by_id], "flag": [True, False], "count": [*range(5)]}
    with suppress(OrderError):
        draft.change(piece, {group.id: data.draw(st.sampled_from(choices[group.kind]))})


def edit(data: st.DataObject, menu: Menu, draft: Draft, sellable: list[str]) -> None:
    """Do one thing that a turn may do."""
    kind = data.draw(st.sampled_from(["add", "change", "split", "replace", "remove", "count"]))
    if kind == "add" or not draft.pieces:
        draft.add(data.draw(st.sampled_from(sellable)), data.draw(st.integers(1, 3)), True)
        return
    piece = data.draw(st.sampled_from(draft.pieces))
    if kind == "change":
        legal_options(data, menu, draft, piece.item)
    elif kind == "split":
        draft.split(piece, data.draw(st.integers(1, 3)))
    elif kind == "replace":
        draft.replace(piece, data.draw(st.sampled_from(sellable)))
    elif kind == "remove":
        draft.remove(piece, data.draw(st.sampled_from([None, 1, 2])))
    else:
        piece.quantity = data.draw(st.integers(1, 5))


@given(st.data())
def test_actions_lead_to_the_draft(data: st.DataObject) -> None:
    menu = menus()[data.draw(st.sampled_from(sorted(menus())))]
    rules = Rules(menu, Caps(soft=1000, hard=1000, order=10_000))
    sellable = [item.id for item in menu.items if not item.sold_out]
    names = data.draw(st.lists(st.sampled_from(sellable), max_size=3, unique=True))
    lines = tuple(Line(str(number), item, data.draw(st.integers(1, 4))) for number, item in enumerate(names, 1))
    order = Order("order", lines=lines, next_line_id=len(lines) + 1)
    draft = Draft(order, rules)
    for _ in range(data.draw(st.integers(0, 6))):
        edit(data, menu, draft, sellable)
    outcome = apply_proposal(order, TurnProposal(actions=tuple(plan(draft))), rules, lambda: "next")
    assert not outcome.issues
    assert not [event for event in outcome.events if event.problem]
    assert units(outcome.order) == units(draft)


def units(owner: Order | Draft) -> Units:
    counted: Units = Counter()
    for kind in owner.lines if isinstance(owner, Order) else owner.pieces:
        counted[kind.item, frozenset(kind.options.items())] += kind.quantity
    return counted


def test_an_untouched_draft_needs_no_action() -> None:
    order = Order("order", lines=(Line("1", "latte", 2, {"temperature": "hot"}),), next_line_id=2)
    assert plan(Draft(order, Rules(menus()["haru_cafe"]))) == []
