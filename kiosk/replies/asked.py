"""A question with everything that its answer is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.menu import OptionSetting
from kiosk.ordering import Order, Question, Rules
from kiosk.replies.limits import cannot_have
from kiosk.replies.selection import offers
from kiosk.replies.wording import Speaker


@dataclass(frozen=True)
class Answer:
    """What is said, and the items that the talk is about after it."""

    text: str
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A question with what it is asked about; `items` holds those that the talk was about where it names none."""

    question: Question
    items: tuple[str, ...]
    order: Order
    rules: Rules
    voice: Speaker

    def each(self, say: Callable[[str], str]) -> Answer:
        """Answer for one item after the other."""
        return Answer(" ".join(say(item) for item in self.items), self.items)

    def settings(self, item_id: str) -> dict[str, OptionSetting]:
        """Return the asked settings that an item can have."""
        options = self.question.options.items()
        return {
            option: value
            for option, value in options
            if option in self.rules.menu.options_of(item_id) and offers(self.rules.menu, item_id, option, value)
        }

    def refusals(self, item_id: str) -> list[str]:
        """Say which of the asked settings an item cannot have."""
        options, menu = self.question.options.items(), self.rules.menu
        refused = ((option, value) for option, value in options if not offers(menu, item_id, option, value))
        return [cannot_have(self.voice, item_id, option, value) for option, value in refused]
