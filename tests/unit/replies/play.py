"""A turn from a proposal, as the machine makes it."""

from typing import Any, Protocol

from kiosk.ordering import Order, Outcome, Rules, TurnProposal, apply_proposal
from kiosk.replies import Reply, Turn, compose
from state import Dialogue


class Say(Protocol):
    """Plays one turn; keyword arguments are the fields of the proposal."""

    def __call__(
        self, order: Order | None = None, dialogue: Dialogue | None = None, language: str = "ko", **proposal: Any
    ) -> tuple[Reply, Outcome]: ...


def quiet(language: str = "ko", **known: Any) -> Dialogue:
    """A talk in which nothing has been said yet but what is named."""
    talk: Dialogue = {"language": language, "focus": [], "topics": [], "pending": None, "misunderstood": 0}
    return {**talk, **known}  # type: ignore[typeddict-item]


def player(rules: Rules) -> Say:
    def say(
        order: Order | None = None, dialogue: Dialogue | None = None, language: str = "ko", **proposal: Any
    ) -> tuple[Reply, Outcome]:
        before = order or Order("order-0a42")
        understood = TurnProposal(**proposal)
        outcome = apply_proposal(before, understood, rules, lambda: "order-0b43")
        turn = Turn(language, rules, before, understood, outcome, dialogue or quiet(language))
        return compose(turn), outcome

    return say
