"""The embedded engine: one turn in, one proposal out."""

from __future__ import annotations

from kiosk.menu import Menu
from kiosk.ordering import Order, Rules, TurnProposal
from kiosk.understanding.discourse import Conversation
from kiosk.understanding.lexicon import Lexicon
from kiosk.understanding.scanner import Scanner
from kiosk.understanding.text import normalize
from kiosk.understanding.turn import Turn
from state import Dialogue


class Engine:
    """Understands a turn from the menu's own words; build one per menu, it is safe to share between threads."""

    def __init__(self, menu: Menu) -> None:
        """Index the menu's words."""
        self.menu = menu
        self.scanner = Scanner(Lexicon(menu))

    def understand(
        self, text: str, order: Order, dialogue: Dialogue | None = None, sold_out_now: frozenset[str] = frozenset()
    ) -> TurnProposal:
        """Return what one turn means for the order.

        Args:
            text: The customer's words, personal data masked.
            order: The order before the turn.
            dialogue: What the conversation was about, with the open question.
            sold_out_now: Items that cannot be sold right now, beside those that the menu says.
        """
        talk = Conversation(order, dialogue, Rules(self.menu, sold_out_now=sold_out_now))
        return Turn(self.scanner.scan(normalize(text)), talk).proposal()
