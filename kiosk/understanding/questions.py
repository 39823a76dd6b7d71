"""Find the question in a clause, if it is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from kiosk.ordering import Question
from kiosk.understanding.discourse import Conversation
from kiosk.understanding.text import MASKED
from kiosk.understanding.tokens import Token

_ABOUT_ITEMS: dict[str, Literal["caffeine", "calories", "allergens"]] = {
    "caffeine": "caffeine",
    "calories": "calories",
    "allergens": "allergens",
}
"""Topics that "and the latte?" goes on with; without one of them it asks for the price."""
_BARE = ("FILLER", "QUESTION", "COMMA", "HEAD", "POSITIVE", "END")


def find_question(clause: Sequence[Token], talk: Conversation) -> Question | None:
    """Return the question, or None where the clause orders something."""
    asked = _Clause(clause, talk)
    if asked.has("PAY", "CANCEL") and not asked.has("QUESTION"):
        return None
    return next((question for find in _FINDERS if (question := find(asked)) is not None), None)


class _Clause:
    """A clause with what it names."""

    def __init__(self, tokens: Sequence[Token], talk: Conversation) -> None:
        self.tokens = tokens
        self.talk = talk
        self.tags = frozenset(tag for token in tokens for tag in token.tags)

    def has(self, *tags: str) -> bool:
        """Tell whether one of the words has one of the tags."""
        return not self.tags.isdisjoint(tags)

    def items(self, whole: bool = False) -> tuple[str, ...]:
        """Return the items named; `whole` leaves out parts of names."""
        named = (
            token.name.items
            for token in self.tokens
            if token.name and (not token.name.partial or not (whole or token.options or token.category))
        )
        return tuple(dict.fromkeys(item for items in named for item in items))

    def about(self) -> tuple[str, ...]:
        """Return the items that the clause is about, named or not."""
        talked_about = self.talk.topics or [piece.item for piece in self.talk.focus]
        return self.items() or tuple(dict.fromkeys(talked_about))

    def categories(self) -> tuple[str, ...]:
        """Return the shelves named."""
        return tuple(dict.fromkeys(token.category for token in self.tokens if token.category))

    def allergens(self) -> tuple[str, ...]:
        """Return the allergens named."""
        return tuple(dict.fromkeys(allergen for token in self.tokens for allergen in token.allergens))

    def masks(self) -> bool:
        """Tell whether something personal was said that is masked."""
        return any(MASKED in token.text for token in self.tokens)

    def options(self) -> dict[str, str | int | bool]:
        """Return the settings named."""
        words = [token.options[0] for token in self.tokens if token.options and not self._is_name(token)]
        implied = {
            option: setting for token in self.tokens if token.name for option, setting in token.name.options.items()
        }
        return implied | {word.option: word.value if word.value is not None else 1 for word in words}

    @staticmethod
    def _is_name(token: Token) -> bool:
        return token.name is not None and not token.name.partial

    def groups(self) -> tuple[str, ...]:
        """Return the options named without a value."""
        return tuple(dict.fromkeys(group for token in self.tokens for group in token.groups))

    def quantities(self) -> Iterator[int]:
        """Yield numbers with a counter."""
        for token, counter in zip(self.tokens, self.tokens[1:], strict=False):
            if token.number and counter.has("COUNTER") and token.number.value > 0:
                yield token.number.value

    def orders(self) -> bool:
        """Tell whether the clause asks for an item outright, so that the rest only says why."""
        counted = any(
            token.number and not token.number.article and not token.has("HEAD", "END", "YES", "SUBJECT")
            for token in self.tokens
        ) or any(
            one.number and one.has("HEAD") and thing.name
            for one, thing in zip(self.tokens, self.tokens[1:], strict=False)
        )
        asks = self.has("QUESTION", "HOW_MUCH", "WHAT", "MOST")
        return bool(self.items()) and (self.has("WANT", "ADD") or counted) and not asks


def _place(asked: _Clause) -> Question | None:
    return Question(topic="hours_or_place") if asked.has("PLACE") else None


def _options(asked: _Clause) -> Question | None:
    """As in "우유 대신 뭘로 바꿀 수 있어요?": asks which values an option has."""
    changes = asked.has("CHANGE", "INSTEAD", "INSTEAD_OF", "OPTION_Q", "HAVE")
    if asked.has("WHAT", "OPTION_Q") and changes and (groups := asked.groups()):
        return Question(topic="options", option_ids=groups, items=asked.about())
    if asked.has("OPTION_Q") and asked.items() and asked.has("QUESTION") and not asked.has("WANT", "CHANGE"):
        return Question(topic="options", option_ids=asked.groups(), items=asked.items())
    return None


def _proposal(asked: _Clause) -> Question | None:
    """A proposal is asked for outright, for anything, or for what someone who avoids something can have."""
    anything = asked.has("ANYTHING") and asked.has("QUESTION", "WANT")
    avoids = bool(asked.allergens()) and asked.has("DECLINE", "FREE", "WITHOUT", "NOT") and not asked.has("AVOID")
    suits = anything or (avoids and asked.has("WHAT", "HAVE", "MENU"))
    if not asked.has("RECOMMEND") and not (suits and not asked.items(whole=True)):
        return None
    caffeine: Literal["free", "most"] | None = None
    if asked.has("CAFFEINE"):
        caffeine = "free" if asked.has("FREE", "LOW") else "most" if asked.has("MOST") else None
    unwanted = _unwanted_categories(asked.tokens)
    return Question(
        topic="recommend",
        caffeine=caffeine,
        categories=tuple(category for category in asked.categories() if category not in unwanted),
        not_categories=unwanted,
        without_allergens=asked.allergens(),
    )


def _unwanted_categories(tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return shelves named after a word of exclusion ("besides coffee", "no coffee", "hates coffee")."""
    unwanted: list[str] = []
    for at, token in enumerate(tokens):
        before, after = tokens[max(at - 1, 0) : at], tokens[at + 1 : at + 3]
        # Where verbs come last, what stands before a shelf describes it: "카페인 없는 음료".
        excluded = any(early.has("WITHOUT", "BESIDES", "FREE", "NOT") and not early.verb_last for early in before)
        declined = any(late.has("DECLINE", "INSTEAD") or (late.verb_last and late.has("WITHOUT")) for late in after)
        if token.category and (excluded or declined):
            unwanted.append(token.category)
    return tuple(dict.fromkeys(unwanted))


def _total(asked: _Clause) -> Question | None:
    if asked.items() and not asked.has("CAFFEINE", "CALORIES") and _is_of_a_thing(asked):
        return _price(asked)
    if asked.has("TOTAL_PRICE") or (asked.has("HOW_MUCH") and asked.has("TOTAL") and not asked.items()):
        return Question(topic="total")
    return None


def _is_of_a_thing(asked: _Clause) -> bool:
    """As in "아이스 라떼 점보로 하면 총 얼마예요?": what is not ordered, or a number or a form of it."""
    if asked.has("HOW_MUCH", "TOTAL_PRICE") and asked.has("COUNTER"):
        return True
    ordered = {piece.item for piece in asked.talk.draft.pieces}
    return asked.has("TOTAL_PRICE") and (bool(asked.options()) or ordered.isdisjoint(asked.items()))


def _calories(asked: _Clause) -> Question | None:
    if not asked.has("CALORIES"):
        return None
    if asked.has("MOST", "LEAST"):
        most: Literal["least", "most"] = "least" if asked.has("LEAST") else "most"
        return Question(topic="recommend", calories=most, categories=asked.categories())
    return Question(topic="calories", items=asked.about())


def _caffeine(asked: _Clause) -> Question | None:
    asks = asked.has("QUESTION", "WHAT", "MOST", "LEAST", "HOW_MUCH", "SAY", "HAVE", "FREE", "LOW")
    items = asked.items()
    if not asked.has("CAFFEINE") or not (asks or items) or asked.orders():
        return None
    if not items and asked.has("MOST", "LEAST"):
        return Question(topic="recommend", caffeine="most" if asked.has("MOST") else "least")
    if not items and asked.has("FREE", "LOW"):
        return Question(topic="recommend", caffeine="free", categories=asked.categories())
    return Question(topic="caffeine", items=items or asked.about())


def _how_much(asked: _Clause) -> Question | None:
    return _price(asked) if asked.has("HOW_MUCH") else None


def _price(asked: _Clause) -> Question:
    items, options = asked.items(), asked.options()
    if items or options:
        quantities = tuple(asked.quantities())
        counted = quantities if len(quantities) == len(items) else ()
        return Question(topic="price", items=items, options=options, quantities=counted)
    if not asked.talk.topics and asked.talk.draft.pieces:
        return Question(topic="total")
    return Question(topic="price", items=tuple(asked.talk.topics))


def _allergens(asked: _Clause) -> Question | None:
    named = asked.allergens()
    describes = asked.has("WITH") and not asked.has("QUESTION", "WHAT", "ASK")  # "a latte made with soy"
    asks = (asked.has("ALLERGY") and not (describes or asked.orders())) or (
        named and asked.has("QUESTION") and asked.has("ASK")
    )
    # A masked statement beside an allergen is about that allergen.
    if not asks and not (named and asked.masks() and asked.has("QUESTION", "WHAT") and not asked.orders()):
        return None
    return Question(topic="allergens", items=asked.items(), with_allergens=named, categories=asked.categories())


def _order(asked: _Clause) -> Question | None:
    return Question(topic="order") if asked.has("ORDER_Q") and not asked.has("CHANGE", "REMOVE") else None


def _cheapest(asked: _Clause) -> Question | None:
    if not asked.has("CHEAP", "EXPENSIVE") or asked.orders():
        return None
    price: Literal["least", "most"] = "most" if asked.has("EXPENSIVE") else "least"
    return Question(topic="recommend", price=price, categories=asked.categories())


def _popular(asked: _Clause) -> Question | None:
    if asked.has("POPULAR") and not (asked.has("WANT") and asked.items()):
        return Question(topic="recommend", tags=("best",), categories=asked.categories())
    return None


def _menu(asked: _Clause) -> Question | None:
    if asked.has("MENU") and not asked.has("WANT"):
        return Question(topic="menu", categories=asked.categories())
    return None


def _possible(asked: _Clause) -> Question | None:
    """As in "라떼 디카페인 되나요?", "두유로 바꿀 수 있어요?": of something that is ordered, it is a wish."""
    items, options = asked.items(), asked.options()
    if not asked.has("POSSIBLE") or asked.orders() or asked.has("WANT", "PAY") or any(asked.quantities()):
        return None
    if not items:
        asks = options and not asked.has("ADD", "CHANGE", "INSTEAD", "WITHOUT", "REMOVE")
        return Question(topic="availability", items=asked.about(), options=options) if asks else None
    ordered = {piece.item for piece in asked.talk.draft.pieces}
    if asked.has("ADD", "CHANGE", "INSTEAD") and not ordered.isdisjoint(items):
        return None
    return Question(topic="availability", items=items, options=options)


def _have(asked: _Clause) -> Question | None:
    if asked.has("HAVE") and not asked.has("WANT", "IF_HAVE"):
        categories, options = asked.categories(), asked.options()
        return Question(topic="availability", items=asked.items(), categories=categories, options=options)
    return None


def _what(asked: _Clause) -> Question | None:
    """As in "뭐 있어요?" asks for the menu, "what should we get?" for a proposal."""
    if not (asked.has("WHAT") and asked.has("QUESTION")) or asked.has("IDENTITY", "NAME"):
        return None
    if not asked.has("WANT"):
        return Question(topic="menu", items=asked.items(), categories=asked.categories())
    first = next((token for token in asked.tokens if not token.silent), None)
    if first is not None and first.has("WHAT"):
        return Question(topic="recommend", categories=asked.categories())
    return None


def _named(asked: _Clause) -> Question | None:
    """As in "라떼?" asks whether there is one, "라떼는요?" what it costs."""
    items = asked.items()
    if not asked.has("QUESTION") or asked.has("WANT") or not items:
        return None
    if all(token.name or token.unknown or token.has(*_BARE) for token in asked.tokens):
        return None if _names_other_thing(asked.tokens) else Question(topic="availability", items=items)
    if _is_topic(asked.tokens) and not asked.options() and not asked.has("ADD"):
        return Question(topic=_ABOUT_ITEMS.get(asked.talk.last.get("asked", ""), "price"), items=items)
    return None


def _is_topic(tokens: Sequence[Token]) -> bool:
    """As in "라떼는요?", "그럼 라떼는 어때요?"."""
    return any(first.name and second.has("TOPIC") for first, second in zip(tokens, tokens[1:], strict=False))


def _whether(asked: _Clause) -> Question | None:
    """As in "is the latte any good?": what is known of it is that there is one and what it costs."""
    first = next((token for token in asked.tokens if token.has("ASK") or not token.silent), None)
    if first is None or not first.has("ASK") or not asked.has("QUESTION") or not asked.items():
        return None
    if asked.has("WANT", "ADD", "CHANGE") or any(asked.quantities()):
        return None
    return Question(topic="price", items=asked.items(whole=True) or asked.items())


def _names_other_thing(tokens: Sequence[Token]) -> bool:
    """Tell whether an unknown word makes a name the name of something else ("흑임자라떼?")."""
    return any(first.unknown and second.name for first, second in zip(tokens, tokens[1:], strict=False))


_FINDERS: tuple[Callable[[_Clause], Question | None], ...] = (
    _place,
    _options,
    _proposal,
    _total,
    _calories,
    _caffeine,
    _how_much,
    _allergens,
    _order,
    _cheapest,
    _popular,
    _menu,
    _possible,
    _have,
    _what,
    _whether,
    _named,
)
