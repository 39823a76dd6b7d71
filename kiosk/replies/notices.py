"""What the customer said that did not get onto the order, said openly."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.ordering import Notice, Order, Rules
from kiosk.replies.limits import cannot_have, out_of_range
from kiosk.replies.wording import Speaker


def explain(notices: Sequence[Notice], order: Order, rules: Rules, voice: Speaker) -> list[str]:
    """Say every notice once, and of several settings of one option that cannot be had the last one."""
    last = {(one.code, one.item, one.option, None if one.option else one.text): one for one in notices}
    sentences = [sentence for notice in last.values() for sentence in _explain(notice, order, rules, voice)]
    return list(dict.fromkeys(sentences))


def _explain(notice: Notice, order: Order, rules: Rules, voice: Speaker) -> list[str]:
    item = notice.item if notice.item in rules.menu.by_id else None
    words = voice.quote(notice.text)
    match notice.code:
        case "sold_out" if item:
            return [voice.say("sold_out", item=voice.name(item))]
        case "one_way" | "option_not_offered" | "option_range":
            return [_option(notice, item, rules, voice)]
        case "off_menu" | "sold_out":
            return [voice.say("off_menu", words=words) if words else voice.say("off_menu_plain")]
        case "not_in_order":
            return _not_in_order(voice.name(item) if item else words, order, voice)
        case "not_understood":
            return [voice.say("not_understood", words=words) if words else voice.say("not_understood_plain")]
        case _:
            total = [voice.say("total", total=voice.total(order))] if order.lines else []
            return [voice.say("out_of_scope"), *total]


def _option(notice: Notice, item: str | None, rules: Rules, voice: Speaker) -> str:
    option = notice.option or ""
    group = voice.group(option, item)
    if notice.code == "option_range" and group is not None and group.kind == "count":
        return out_of_range(voice, group)
    if item is None or group is None:
        wanted = voice.quote(notice.text) or (voice.setting(option, notice.value) if group else "")
        return voice.say("option_not_offered_here", option=wanted) if wanted else voice.say("not_understood_plain")
    return cannot_have(voice, item, option, notice.value)


def _not_in_order(words: str, order: Order, voice: Speaker) -> list[str]:
    denied = voice.say("not_in_order", words=words) if words else voice.say("not_in_order_plain")
    if not order.lines:
        return [denied, voice.say("order_empty")]
    return [denied, voice.say("in_order", units=voice.lines(order.lines))]
