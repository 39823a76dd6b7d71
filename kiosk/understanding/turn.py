"""One turn being understood: its clauses are questions, orders, or words about the order as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.ordering import Action, CallStaff, ClearOrder, Notice, Question, RequestPayment, TurnProposal
from kiosk.ordering.proposal import Social
from kiosk.understanding.conditions import Alternatives
from kiosk.understanding.confidence import Heard, confidence
from kiosk.understanding.discourse import Conversation, accept_offer, carry_out, plan
from kiosk.understanding.grammar import Frame, parse
from kiosk.understanding.questions import find_question
from kiosk.understanding.tokens import Token
from kiosk.understanding.whole_order import take_commands

_SOCIAL: tuple[tuple[str, Social], ...] = (
    ("NAME", "name"),
    ("IDENTITY", "identity"),
    ("COMPLAINT", "complaint"),
    ("WAIT", "wait"),
    ("THANKS", "thanks"),
    ("GOODBYE", "goodbye"),
    ("GREETING", "greeting"),
    ("YES", "yes"),
    ("NO", "no"),
)
_LONGEST_QUOTE = 60


class Turn:
    """One turn, from its tokens to a proposal."""

    def __init__(self, tokens: list[Token], talk: Conversation) -> None:
        """Take the tokens and the conversation so far."""
        self.tokens = tokens
        self.talk = talk
        self.questions: list[Question] = []
        self.notices: list[Notice] = []
        self.aside: set[Token] = set()
        self.skipped: list[Token] = []
        self.pays = False
        self.calls_staff = False
        self.ending: Action | None = None

    def proposal(self) -> TurnProposal:
        """Read the clauses one by one and put together what they mean."""
        confirmed = self._answer_yes()
        clauses = _clauses(self.tokens)
        alternatives = Alternatives(self.talk, alone=len(clauses) == 1)
        for clause in clauses:
            self._read_clause(clause, alternatives)
        self.talk.finish()
        actions = (*confirmed, *self._actions())
        notices = (*self.notices, *self.talk.notices)
        social = next((social for tag, social in _SOCIAL if any(token.has(tag) for token in self.tokens)), None)
        if social is None and not self.talk.doubts and self._only_wants():
            social = "greeting"
        understood = bool(actions or self.questions or notices or self.talk.clarification or social)
        if not understood:
            words = " ".join(token.text for token in self.tokens if token.unknown)
            notices = (Notice(code="not_understood", text=words[:_LONGEST_QUOTE] or None),)
        return TurnProposal(
            actions=actions,
            questions=tuple(self.questions),
            notices=notices,
            clarification=self.talk.clarification,
            social=social,
            confidence=self._confidence(understood),
        )

    def _confidence(self, understood: bool) -> float:
        """Words that only surround a question, or an attempt to change the rules, matter less."""
        said = Heard(self.tokens, self.aside, self.skipped)
        return confidence(said, self.talk.doubts, understood)

    def _only_wants(self) -> bool:
        """Tell whether the customer says no more than that they want to order."""
        wants = any(token.has("WANT") for token in self.tokens)
        return wants and all(token.has("WANT", "FILLER", "STOP", "END", "COMMA") for token in self.tokens)

    def _answer_yes(self) -> Sequence[Action]:
        """Take a "yes" as the answer to what the kiosk asked or offered."""
        pending = self.talk.pending
        if not self.tokens or not self.tokens[0].has("YES"):
            return ()
        if pending.get("kind") == "confirm_action" and "action" in pending:
            return TurnProposal.model_validate({"actions": [pending["action"]]}).actions
        if pending.get("kind") == "offer" and not any(token.name for token in self.tokens):
            accept_offer(self.talk, Frame())
        return ()

    def _read_clause(self, clause: Sequence[Token], alternatives: Alternatives) -> None:
        if any(token.has("INJECTION") for token in clause):
            self.notices.append(Notice(code="out_of_scope"))
            self.aside.update(clause)
            clause = _around_injection(clause)
            if not any(token.name for token in clause):
                return
        if (question := find_question(clause, self.talk)) is not None:
            self.questions.append(question)
            if question.topic != "recommend":  # there, what is not known is the wish
                self.aside.update(clause)
            self.talk.wanted = question.options
            self.talk.asked_options |= bool(question.options or question.option_ids)
            alternatives.turn_to(question)
            return
        commands = take_commands(clause)
        self.pays = self.pays or commands.pays
        self.calls_staff = self.calls_staff or commands.calls_staff
        self.ending = commands.ending or self.ending
        for part in alternatives.choose(commands.rest):
            present = {piece.item for piece in self.talk.draft.pieces}
            carry_out(self.talk, parse(self.talk.menu, part, present, self.skipped))

    def _actions(self) -> list[Action]:
        if self.ending is not None:
            return [self.ending]
        draft = self.talk.draft
        actions: list[Action] = (
            [ClearOrder()] if self.talk.cleared and not draft.pieces and draft.lines else plan(draft)
        )
        if self.pays:
            actions.append(RequestPayment())
        if self.calls_staff:
            actions.append(CallStaff())
        return actions


def _around_injection(clause: Sequence[Token]) -> Sequence[Token]:
    """Return what was said before or else after an attempt to change the rules, up to a comma or "and"."""
    places = [at for at, token in enumerate(clause) if token.has("INJECTION")]
    end, start = places[0], places[-1]
    while end > 0 and not clause[end].has("COMMA", "AND"):
        end -= 1
    while start < len(clause) and not clause[start].has("COMMA", "AND"):
        start += 1
    before, after = clause[:end], clause[start + 1 :]
    return before if any(token.name for token in before) or not _orders(after) else after


def _orders(clause: Sequence[Token]) -> bool:
    return any(token.has("WANT", "ADD") for token in clause) and any(token.name for token in clause)


def _clauses(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut a turn into sentences; a price asked behind an order is a sentence of its own."""
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token.has("HOW_MUCH") and not token.verb_last and _orders(found[-1]):
            found.append([])
        found[-1].append(token)
        if token.has("STOP", "QUESTION"):
            found.append([])
    return [clause for clause in found if any(not token.has("STOP", "QUESTION", "COMMA") for token in clause)]
