"""Is a reply fit to be shown? Every number in it must come from the menu or the order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate, combinations

from kiosk.menu import Item, Menu, OptionGroup
from kiosk.menu.currency import minor_digits
from kiosk.ordering import Order, total
from kiosk.replies.language import GroundingWords, language_of, languages

_LANGUAGE_SHARE = 0.5
_FEWEST_LETTERS = 2
_EXTRAS_TOGETHER = 4
_FAULTS = re.compile(
    r"traceback|\b\w*(?:error|exception)\s*:|\bhttp/?\s?\d{3}\b|\bstatus(?: code)? \d{3}\b|\bundefined\b|(?-i:\bNaN\b)"
    r"|<\/?[a-z]+>|\{\w*\}",
    re.IGNORECASE,
)
_JSON = re.compile(r"```|\{\s*[\"']|\[\s*[\{\"]|\"\s*:\s*[\"\[\{\d]")
_NUMBER = r"\d[\d,]*(?:\.\d+)?"


def check_reply(text: str, order: Order, menu: Menu, language: str | None = None) -> list[str]:
    """Return what is wrong with a reply that a model wrote; an empty list means it can be shown.

    Args:
        text: The reply.
        order: The order after the turn.
        menu: The menu that every number is checked against.
        language: The customer's language; None leaves the language unchecked.
    """
    if not text.strip():
        return ["empty: the reply says nothing"]
    issues = [*_too_short(text), *_machine_text(text), *_claims(text, order), *_wrong_language(text, language, menu)]
    known = _known_numbers(text, order, menu)
    before: dict[str, list[Decimal]] = {}
    for unit, number in _numbers(text):
        earlier = before.setdefault(unit, [])
        if number not in known[unit] and not _sums_up(number, earlier):
            issues.append(f"ungrounded: {number} ({unit}) is neither on the menu nor on the order")
        earlier.append(number)
    return list(dict.fromkeys(issues))


def _sums_up(number: Decimal, earlier: Sequence[Decimal]) -> bool:
    """Tell whether a number is the sum of the ones said just before it, two at least."""
    sums = accumulate(reversed(earlier))
    return number > 0 and number in list(sums)[1:]


def _too_short(text: str) -> Iterator[str]:
    if sum(char.isalpha() for char in text) < _FEWEST_LETTERS:
        yield "short: the reply says next to nothing"


def _machine_text(text: str) -> Iterator[str]:
    if _JSON.search(text) or _is_json(text):
        yield "json: the reply holds JSON or code"
    if _FAULTS.search(text):
        yield "fault: the reply holds an error text, markup or an unfilled slot"


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), (dict, list))
    except ValueError:
        return False


def _claims(text: str, order: Order) -> Iterator[str]:
    """Find promises that are not the model's to make."""
    plain = text.casefold()
    for words in _words():
        if any(promise in plain for promise in words.promises):
            yield "promise: the reply promises a price that is not the menu's"
        if order.status != "paid" and any(claim in plain for claim in words.paid):
            yield "claim: the reply says that the order is paid, and it is not"


def _wrong_language(text: str, language: str | None, menu: Menu) -> Iterator[str]:
    """Compare the letters of the customer's language with all letters; names of the menu count for neither."""
    if language is None:
        return
    units = (unit for words in _words() for unit in (*words.mg, *words.kcal, *words.money))
    spoken = sorted([*units, *(word for item in menu.items for word in item.words)], key=len, reverse=True)
    rest = re.sub("|".join(map(re.escape, spoken)), " ", text, flags=re.IGNORECASE)
    letters = [char for char in rest if char.isalpha()]
    own = [char for char in letters if re.match(language_of(language).script, char)]
    if letters and len(own) < len(letters) * _LANGUAGE_SHARE:
        yield f"language: the reply is not in '{language}'"


def _known_numbers(text: str, order: Order, menu: Menu) -> Mapping[str, set[Decimal]]:
    named = [item for item in menu.items if any(word.casefold() in text.casefold() for word in item.words)]
    named += [menu.by_id[line.item] for line in order.lines]
    amounts = {amount for amount in _amounts(text, order, menu, named) if amount}
    free = {item.price for item in menu.items if item.price == 0}
    return {
        "money": {_major(amount, menu) for amount in amounts | free},
        "mg": {Decimal(item.caffeine_mg) for item in menu.items},
        "kcal": {Decimal(item.kcal) for item in menu.items},
    }


def _amounts(text: str, order: Order, menu: Menu, named: Iterable[Item]) -> Iterator[int]:
    """Yield the amounts of money that a reply about these items and options may name."""
    yield from (item.price for item in menu.items)
    yield total(order, menu)
    for line in order.lines:
        unit = menu.unit_price(line.item, line.options)
        yield from (unit, unit * line.quantity)
    counts = {1, *(int(number) for number in re.findall(r"(?<![\d,.])\d{1,3}(?![\d,.])", text))}
    extras = sorted({amount for group in menu.option_groups.values() for amount in _extras(text, group)})
    yield from extras
    sums = {sum(chosen) for size in range(1, _EXTRAS_TOGETHER + 1) for chosen in combinations(extras, size)} | {0}
    yield from (count * (item.price + extra) for item in named for extra in sums for count in counts)


def _extras(text: str, group: OptionGroup) -> Iterator[int]:
    """Yield what the settings of an option cost that a reply names."""
    plain = text.casefold()
    for value in group.values:
        if any(word.casefold() in plain for word in value.words):
            yield value.price
    if any(word.casefold() in plain for word in group.words):
        yield from (group.price, *(group.price_each * count for count in range(1, group.max + 1)))
        yield from (value.price for value in group.values)


def _major(amount: int, menu: Menu) -> Decimal:
    return Decimal(amount).scaleb(-minor_digits(menu.currency))


def _numbers(text: str) -> Iterator[tuple[str, Decimal]]:
    """Yield the numbers that stand beside a unit."""
    plain = _written_out(text.casefold())
    for unit, before, after in _units():
        for match in re.finditer(rf"(?:{before})\s?({_NUMBER})|({_NUMBER})\s?(?:{after})", plain):
            yield unit, Decimal((match.group(1) or match.group(2)).replace(",", ""))


def _written_out(text: str) -> str:
    """Turn numerals of the languages into digits where they stand before a unit: 4천원, 사천오백원."""
    for words in _words():
        if words.numerals:
            letters = "".join(words.numerals)
            units = "|".join(map(re.escape, (*words.money, *words.mg, *words.kcal)))
            pattern = rf"[\d,{letters}\s]*[{letters}](?=\s?(?:{units}))"
            for spoken in sorted(set(re.findall(pattern, text)), key=len, reverse=True):
                text = text.replace(spoken, _digits(spoken, words.numerals))
    return text


def _digits(text: str, numerals: Mapping[str, int]) -> str:
    whole = part = 0
    current: int | None = None
    for token in re.findall(r"[\d,]+|\S", text):
        value = numerals.get(token)
        if value is None:
            current = int(token.replace(",", "") or 0)
        elif value < 10:
            current = value
        elif value < 10_000:
            part += (1 if current is None else current) * value
            current = None
        else:
            whole += (part + (current or 0) or 1) * value
            part, current = 0, None
    return f" {whole + part + (current or 0)}"


@lru_cache(maxsize=1)
def _words() -> tuple[GroundingWords, ...]:
    return tuple(language_of(code).grounding for code in languages())


@lru_cache(maxsize=1)
def _units() -> tuple[tuple[str, str, str], ...]:
    """Return, per kind of number, patterns for the units before and after it."""
    found = []
    for kind in ("money", "mg", "kcal"):
        units = sorted({unit for words in _words() for unit in getattr(words, kind)}, key=len, reverse=True)
        after = "|".join(rf"{re.escape(unit)}(?![a-z])" for unit in units)
        before = "|".join(re.escape(unit) for unit in units if kind == "money" and not unit.isalpha()) or r"(?!)"
        found.append((kind, before, after))
    return tuple(found)
