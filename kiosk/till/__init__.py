"""The till: payment requests and decisions, what the kitchen and the terminal are told, what is sold out right now.

SQLAlchemy takes a tenth of a second to import, so what stores orders is loaded when the first order is to be paid.
"""

from kiosk.till.decisions import TERMINAL_ID, Decision, DecisionKind, Sale, Settlement, SettlementOutcome
from kiosk.till.till import Till

__all__ = ["TERMINAL_ID", "Decision", "DecisionKind", "Sale", "Settlement", "SettlementOutcome", "Till"]
