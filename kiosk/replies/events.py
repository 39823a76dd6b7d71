"""What was done to the order, and what was not, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kiosk.ordering import Event, Line, Order, Rules
from kiosk.replies.wording import Speaker

_SILENT = {"held", "reopened"}


def tell(events: Sequence[Event], order: Order, rules: Rules, voice: Speaker) -> list[str]:
    """Say what came of a turn's actions; events of one kind in a row become one sentence."""
    told = (event for event in events if event.kind not in _SILENT)
    sentences: list[str] = []
    for _, run in groupby(told, key=_sentence_key):
        sentences += _tell_run(list(run), order, rules, voice)
    if not order.lines and any(event.kind == "removed" for event in events) and not order.is_closed:
        sentences.append(voice.say("now_empty"))
    return sentences


def _sentence_key(event: Event) -> tuple[str, str | None, bool]:
    return event.kind, event.problem, event.after is None


def _tell_run(run: list[Event], order: Order, rules: Rules, voice: Speaker) -> list[str]:
    first = run[0]
    match first.kind:
        case "added":
            return [voice.say("added", units=voice.lines(_lines(run)))]
        case "changed":
            key = "changed" if first.after else "unchanged"
            return [voice.say(key, units=voice.lines(_lines(run)))]
        case "quantity_set":
            return [voice.say("quantity_set", units=voice.lines(_lines(run)))]
        case "removed":
            return [voice.say("removed", units=voice.lines(_lines(run)))]
        case "replaced":
            return [_replaced(event, voice) for event in run]
        case "cleared" | "cancelled" | "staff_called":
            return [voice.say(first.kind)]
        case "payment_requested":
            return [read_back(order, voice), voice.say("pay_now")]
        case "payment_refused":
            return _payment_refused(first, order, rules, voice)
        case _:
            return _refused(run, order, rules, voice)


def read_back(order: Order, voice: Speaker) -> str:
    """Read the whole order back, with the price of every line and the total."""
    return voice.say("read_back", lines=voice.priced_lines(order), total=voice.total(order))


def _lines(events: Sequence[Event]) -> Iterator[Line]:
    """Yield the units that events are about: as they are now, else as they were."""
    for event in events:
        line = event.after or event.before
        if line is not None:
            yield Line(line.line_id, line.item, event.quantity or line.quantity, line.options)


def _replaced(event: Event, voice: Speaker) -> str:
    if event.before is None or event.after is None:
        return voice.say("unchanged", units=voice.lines(_lines([event])))
    old = voice.units(event.before.item, event.quantity or event.before.quantity, event.before.options)
    return voice.say("replaced", old=old, units=voice.line(event.after))


def _payment_refused(event: Event, order: Order, rules: Rules, voice: Speaker) -> list[str]:
    match event.problem:
        case "empty_order":
            return [voice.say("pay_empty")]
        case "missing_option":
            return [voice.say("pay_missing")]
        case "sold_out":
            gone = dict.fromkeys(line.item for line in order.lines if rules.is_sold_out(line.item))
            return [voice.say("pay_sold_out", items=voice.names(gone))]
        case "closed_order":
            return [voice.say("pay_closed_paid" if order.status == "paid" else "pay_closed")]
        case _:
            return []


def _refused(run: Sequence[Event], order: Order, rules: Rules, voice: Speaker) -> list[str]:
    match run[0].problem:
        case "sold_out":
            return [voice.say("sold_out", item=voice.names(dict.fromkeys(event.item for event in run if event.item)))]
        case "over_hard_cap":
            over_line = (run[0].quantity or 0) > rules.caps.hard
            return [voice.say("over_cap", cap=rules.caps.hard) if over_line else voice.say("over_order_cap")]
        case _:
            return [voice.say("closed_paid" if order.status == "paid" else "closed_cancelled")]
