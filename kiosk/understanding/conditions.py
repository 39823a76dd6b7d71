"""What is ordered only if something can be had: "두유 있으면 라떼, 없으면 콜드브루", "if you have oat milk ..."."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.ordering import Notice, Question
from kiosk.understanding.discourse import Conversation
from kiosk.understanding.tokens import Token


class Alternatives:
    """Decides which parts of the clauses hold; a condition may refer to what the clause before it asked."""

    def __init__(self, talk: Conversation, alone: bool) -> None:
        """Begin a turn; `alone` tells that it has only one clause."""
        self.talk = talk
        self.alone = alone
        self.available = True

    def turn_to(self, question: Question) -> None:
        """Go on from a question: "that" means what it was about, and "if not" refers to it."""
        if question.items:
            self.talk.topics = list(question.items)
            self.available = not all(self.talk.rules.is_sold_out(item) for item in question.items)
        elif question.topic == "availability":
            self.available = bool(question.options or question.categories)

    def choose(self, clause: list[Token]) -> Iterator[list[Token]]:
        """Yield what holds: of "X 있으면 A, 없으면 B", B only where X, or what A wants, cannot be had."""
        have = next((at for at, token in enumerate(clause) if token.has("IF_HAVE")), None)
        lack = next((at for at, token in enumerate(clause) if token.has("IF_LACK")), len(clause))
        known_notices = len(self.talk.notices)
        if have is None or have >= lack:
            yield clause[:lack]
        else:
            yield from self._if_available(clause[:lack], have)
        if lack == len(clause):
            return
        unmet = any(notice.code in ("sold_out", "off_menu") for notice in self.talk.notices[known_notices:])
        if unmet or not self.available or (lack == 0 and self.alone):
            yield clause[lack + 1 :]

    def _if_available(self, clause: list[Token], have: int) -> Iterator[list[Token]]:
        first, subject, wanted = _condition(clause, have)
        if first:
            yield first
        if subject:
            self._suppose(subject)
        if self.available:
            yield wanted

    def _suppose(self, subject: list[Token]) -> None:
        """Find out whether the subject of a condition can be had; "that" means it from then on."""
        items = tuple(dict.fromkeys(item for token in subject if token.name for item in token.name.items))
        known = bool(items) or any(token.options for token in subject)
        sold_out = bool(items) and all(self.talk.rules.is_sold_out(item) for item in items)
        self.available = known and not sold_out
        if sold_out:
            self.talk.notices.append(Notice(code="sold_out", item=items[0]))
        elif len(items) == 1:
            self.talk.topics = list(items)


def _condition(clause: list[Token], have: int) -> tuple[list[Token], list[Token], list[Token]]:
    """Return what comes first, what the condition is about and what is wanted then.

    Where verbs come last, the "if" stands behind its subject, elsewhere before it.
    """
    commas = [at for at, token in enumerate(clause) if token.has("COMMA")]
    if have > 0 or clause[have].verb_last:
        begin = max((at + 1 for at in commas if at < have), default=0)
        return clause[:begin], clause[begin:have], clause[have + 1 :]
    end = next((at for at in commas if at >= have), have)
    return [], clause[have + 1 : end], clause[end + 1 :]
