"""What an item cannot be or have, said with what it can."""

from __future__ import annotations

from kiosk.menu import OptionGroup, OptionSetting
from kiosk.replies.wording import Speaker

_FEW = 3


def cannot_have(voice: Speaker, item_id: str, option: str, setting: OptionSetting | None) -> str:
    """Say that an item does not come with an option, and what it does come with where that is short."""
    only = voice.menu.by_id[item_id].only.get(option)
    if only:
        values = voice.words.join([voice.setting(option, value) for value in only])
        return voice.say("one_way", item=voice.name(item_id), values=values)
    offered = voice.menu.options_of(item_id)
    wanted = setting if option not in offered and setting not in (None, False) else None
    refusal = voice.say("option_not_offered", item=voice.name(item_id), option=voice.setting(option, wanted))
    if option in offered:
        return f"{refusal} {choices(voice, item_id, [offered[option]])}"
    if not 0 < len(offered) <= _FEW:
        return refusal
    names = voice.words.joins.between.join(group.name(voice.words.language) for group in offered.values())
    return f"{refusal} {voice.say('options_of', item=voice.name(item_id), options=names)}"


def out_of_range(voice: Speaker, group: OptionGroup) -> str:
    """Say how often an option can be had."""
    key = "option_range_from" if group.min else "option_range"
    return voice.say(key, option=group.name(voice.words.language), min=group.min, max=group.max)


def choices(voice: Speaker, item_id: str, groups: list[OptionGroup]) -> str:
    """Say what a customer can choose for an item."""
    listed = voice.words.joins.between.join(described(voice, group) for group in groups)
    return voice.say("options_of", item=voice.name(item_id), options=listed)


def described(voice: Speaker, group: OptionGroup) -> str:
    """Return an option with its values and what they cost: '사이즈(레귤러, 라지 +700원)'."""
    name = group.name(voice.words.language)
    if group.kind == "choice":
        values = [_with_extra(voice, value.name(voice.words.language), value.price) for value in group.values]
        return voice.words.phrase("group_choice", name=name, values=voice.words.joins.between.join(values))
    if group.kind == "count":
        key = "group_count" if group.price_each else "group_count_free"
        return voice.words.phrase(key, name=name, price=voice.money(group.price_each), max=group.max)
    return voice.words.phrase("group_flag", name=name, price=voice.money(group.price)) if group.price else name


def _with_extra(voice: Speaker, name: str, price: int) -> str:
    return voice.words.phrase("extra", name=name, price=voice.money(price)) if price else name
