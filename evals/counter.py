"""Talks to the embedded engine alone: one engine, one real order, no graph, no language model."""

from __future__ import annotations

import time
from dataclasses import dataclass

from kiosk.menu import Menu
from kiosk.ordering import Order, Outcome, Rules, TurnProposal, apply_proposal
from kiosk.replies import Turn, compose
from kiosk.understanding import Engine
from state import Dialogue


@dataclass(frozen=True)
class Spoken:
    """What became of one utterance: the proposal, its outcome and the engine's processor time.

    The wall clock would also count what else the machine is doing.
    """

    proposal: TurnProposal
    outcome: Outcome
    milliseconds: float


class Counter:
    """Serves customers from one menu, one after the other."""

    def __init__(self, menu: Menu, language: str = "en") -> None:
        """Build the engine once."""
        self.menu = menu
        self._engine = Engine(menu)
        self._rules = Rules(menu)
        self._language = language

    def greet(self) -> Customer:
        """Begin a new order."""
        return Customer(self._engine, self._rules, self._language)


class Customer:
    """One customer's order and what the talk is about."""

    def __init__(self, engine: Engine, rules: Rules, language: str) -> None:
        """Begin with an empty order."""
        self._engine = engine
        self._rules = rules
        self.order = Order("evaluation")
        self.dialogue: Dialogue = {
            "language": language,
            "focus": [],
            "topics": [],
            "pending": None,
            "misunderstood": 0,
        }

    def say(self, text: str) -> Spoken:
        """Understand one utterance and carry it out; what is illegal leaves the order as it was."""
        started = time.thread_time()
        proposal = self._engine.understand(text, self.order, self.dialogue)
        milliseconds = (time.thread_time() - started) * 1000
        pending = self.dialogue["pending"]
        confirmed = pending.get("action") if pending and pending["kind"] == "confirm_action" else None
        outcome = apply_proposal(self.order, proposal, self._rules, lambda: "evaluation", confirmed)
        turn = Turn(self.dialogue["language"], self._rules, self.order, proposal, outcome, self.dialogue)
        self.dialogue = compose(turn).dialogue
        self.order = outcome.order
        return Spoken(proposal, outcome, milliseconds)
