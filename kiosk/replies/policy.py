"""Which question the kiosk asks next, and what the talk is about from now on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kiosk.menu import OptionSetting
from kiosk.ordering import CallStaff, Event, Notice, Order, Question, Rules, missing_options
from kiosk.replies.selection import nearest
from kiosk.replies.turn import StaffReason, Turn
from state import Dialogue, Last, Pending

PATIENCE = 2
"""Turns in a row that the kiosk may fail to understand before it offers a person."""
_STAFF_OFFERS: frozenset[StaffReason] = frozenset({"over_hard_cap", "misunderstood"})
_SUGGESTIONS = 3


@dataclass(frozen=True)
class Missing:
    """Something that cannot be had, and what is near it."""

    suggestions: tuple[str, ...]
    quantity: int
    options: dict[str, str | int | bool]
    shelf: str | None = None


def staff_reason(turn: Turn, misunderstood: int) -> StaffReason | None:
    """Tell why a person should look after the customer."""
    if any(event.kind == "staff_called" for event in turn.outcome.events):
        return "requested"
    if is_allergy_doubt(turn):
        return "allergy"
    if any(event.kind == "refused" and event.problem == "over_hard_cap" for event in turn.outcome.events):
        return "over_hard_cap"
    return "misunderstood" if misunderstood >= PATIENCE else None


def is_allergy_doubt(turn: Turn) -> bool:
    """Tell whether an allergy was spoken of and the menu's own data have not answered for it."""
    known = turn.rules.menu.allergens
    asked = [question for question in turn.proposal.questions if question.topic == "allergens"]
    if any(question.text or not known for question in asked):
        return True
    named = {one for question in turn.proposal.questions for one in _allergens(question)}
    return turn.allergy and named.isdisjoint(known)


def _allergens(question: Question) -> tuple[str, ...]:
    return (*question.with_allergens, *question.without_allergens)


def misunderstood_turns(turn: Turn) -> int:
    """Return how many turns in a row were not understood at all."""
    proposal = turn.proposal
    other = proposal.actions or proposal.questions or proposal.clarification or proposal.social
    only_noise = bool(proposal.notices) and all(notice.code == "not_understood" for notice in proposal.notices)
    return turn.dialogue["misunderstood"] + 1 if only_noise and not other else 0


def missing_things(turn: Turn) -> list[Missing]:
    """Return what the customer wanted and cannot have, each with the items to offer in its place.

    Something of its shelf that was added in the same turn stands in its place already.
    """
    rules = turn.rules
    added = (event.after.item for event in turn.outcome.events if event.after)
    shelves = {rules.menu.by_id[item].category for item in added}
    wanted = [
        _from_notice(notice, rules) for notice in turn.proposal.notices if notice.code in ("sold_out", "off_menu")
    ]
    events = (event for event in turn.outcome.events if event.kind == "refused" and event.problem == "sold_out")
    things = [*wanted, *(_from_event(event, rules) for event in events)]
    return [thing for thing in things if thing.shelf not in shelves]


def next_question(turn: Turn, staff: StaffReason | None) -> Pending | None:
    """Return the one question that the kiosk asks after this turn."""
    order, clarification = turn.outcome.order, turn.proposal.clarification
    candidates = [item for item in clarification.candidates if item in turn.rules.menu.by_id] if clarification else []
    if clarification and candidates:
        options = _given(clarification.options)
        return Pending(kind="which_item", candidates=candidates, quantity=clarification.quantity, options=options)
    held = next((event.action for event in turn.outcome.events if event.kind == "held"), None)
    if held is not None:
        return Pending(kind="confirm_action", action=dict(held))
    if staff in _STAFF_OFFERS:
        return Pending(kind="confirm_action", action=CallStaff().model_dump(mode="json"))
    offered = missing_things(turn)
    if len(offered) == 1 and len(offered[0].suggestions) == 1:
        thing = offered[0]
        candidates, quantity = list(thing.suggestions), thing.quantity
        return Pending(kind="offer", candidates=candidates, quantity=quantity, options=thing.options)
    return _kept(turn) or missing_question(order, turn.rules, _focus(turn))


def missing_question(order: Order, rules: Rules, focus: Sequence[str]) -> Pending | None:
    """Ask for a required option, once for all lines that miss it; lines in focus come first."""
    if order.status != "open":
        return None
    lines = sorted(order.lines, key=lambda line: line.line_id not in focus)
    missing = {line.line_id: missing_options(rules.menu, line.item, line.options) for line in lines}
    first = next((line for line in lines if missing[line.line_id]), None)
    if first is None:
        return None
    option = missing[first.line_id][0]
    values = list(rules.menu.options_of(first.item)[option].by_id)
    together = [
        line.line_id
        for line in order.lines
        if option in missing[line.line_id] and list(rules.menu.options_of(line.item)[option].by_id) == values
    ]
    return Pending(kind="missing", line_ids=together, option=option)


def next_dialogue(turn: Turn, pending: Pending | None, answered: Sequence[str], misunderstood: int) -> Dialogue:
    """Return what the talk is about after this turn.

    Args:
        turn: The turn.
        pending: The question that is asked now.
        answered: Items that the answers of this turn were about.
        misunderstood: Failed turns in a row.
    """
    return {
        "language": turn.language,
        "focus": _focus(turn),
        "topics": _topics(turn, answered),
        "pending": pending,
        "misunderstood": misunderstood,
        "last": _last(turn),
    }


def _last(turn: Turn) -> Last:
    """Return what the turn did; small talk leaves what the turn before it did."""
    proposal, events = turn.proposal, turn.outcome.events
    last: Last = {}
    if changed := [event.options for event in events if event.kind == "changed" and event.options]:
        last["options"] = dict(changed[-1])
    if any(event.kind == "removed" for event in events):
        last["removed"] = True
    if proposal.questions:
        last["asked"] = proposal.questions[-1].topic
        last["wanted"] = dict(proposal.questions[-1].options)
    small_talk = proposal.social and not (proposal.actions or proposal.notices or proposal.questions)
    return turn.dialogue.get("last", {}) if small_talk else last


def _focus(turn: Turn) -> list[str]:
    if turn.outcome.focus:
        return list(turn.outcome.focus)
    order = turn.outcome.order
    if order.order_id != turn.before.order_id:
        return []
    return [line_id for line_id in turn.dialogue["focus"] if order.find(line_id)]


def _topics(turn: Turn, answered: Sequence[str]) -> list[str]:
    proposal = turn.proposal
    if answered:
        return list(dict.fromkeys(answered))
    suggested = [item for thing in missing_things(turn) for item in thing.suggestions]
    if proposal.clarification:
        suggested += proposal.clarification.candidates
    if suggested:
        return list(dict.fromkeys(suggested))
    small_talk = proposal.social and not proposal.actions and not proposal.notices and not proposal.questions
    return list(turn.dialogue["topics"]) if small_talk else []


def _kept(turn: Turn) -> Pending | None:
    """Return the question of the turn before, where this turn neither answered it nor changed the subject."""
    pending, proposal = turn.dialogue["pending"], turn.proposal
    if pending is None or turn.outcome.events or proposal.social in ("yes", "no"):
        return None
    if pending["kind"] == "which_item":
        return pending
    aside = all(notice.code == "not_understood" for notice in proposal.notices) and not proposal.questions
    return pending if aside and pending["kind"] in ("confirm_action", "offer") else None


def _from_notice(notice: Notice, rules: Rules) -> Missing:
    suggestions = _sellable(notice.suggestions, rules)
    if not suggestions and notice.code == "sold_out" and notice.item:
        suggestions = _nearest(notice.item, rules)
    return Missing(suggestions, notice.quantity, _given(notice.options), _shelf(notice.item, rules))


def _from_event(event: Event, rules: Rules) -> Missing:
    options = _given(event.options or {})
    return Missing(_nearest(event.item, rules), event.quantity or 1, options, _shelf(event.item, rules))


def _shelf(item: str | None, rules: Rules) -> str | None:
    return rules.menu.by_id[item].category if item and item in rules.menu.by_id else None


def _nearest(item: str | None, rules: Rules) -> tuple[str, ...]:
    found = nearest(rules, item) if item and item in rules.menu.by_id else None
    return (found,) if found else ()


def _sellable(items: Iterable[str], rules: Rules) -> tuple[str, ...]:
    known = (item for item in dict.fromkeys(items) if item in rules.menu.by_id and not rules.is_sold_out(item))
    return tuple(known)[:_SUGGESTIONS]


def _given(options: dict[str, OptionSetting | None] | object) -> dict[str, str | int | bool]:
    pairs = options.items() if isinstance(options, dict) else ()
    return {option: value for option, value in pairs if value is not None}
