"""One turn becomes one reply: what was done, what was not, the answers, and at most one question."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.ordering import Question
from kiosk.replies.answers import answer
from kiosk.replies.events import tell
from kiosk.replies.grounding import check_reply
from kiosk.replies.notices import explain
from kiosk.replies.policy import (
    missing_things,
    misunderstood_turns,
    next_dialogue,
    next_question,
    staff_reason,
)
from kiosk.replies.questions import ask
from kiosk.replies.turn import Reply, Turn
from kiosk.replies.wording import Speaker, speaker
from state import Pending

_PATIENT = frozenset({"wait", "goodbye"})
"""Small talk after which the customer is not asked anything."""


def compose(turn: Turn) -> Reply:
    """Say what a turn has come to and decide what to ask next; the same turn always gives the same reply."""
    voice = speaker(turn.rules.menu, turn.language, turn.outcome.order.revision + turn.dialogue["misunderstood"])
    misunderstood = misunderstood_turns(turn)
    staff = staff_reason(turn, misunderstood)
    pending = next_question(turn, staff)
    answers, topics = _answers(turn, voice)
    body = [
        *tell(turn.outcome.events, turn.outcome.order, turn.rules, voice),
        *explain(turn.proposal.notices, turn.outcome.order, turn.rules, voice),
        *_alternatives(turn, pending, voice),
        *answers,
        *([voice.say("allergy")] if staff == "allergy" else []),
    ]
    parts = [*_social(turn, body, voice), *body]
    question = _question(turn, pending, voice)
    text = voice.words.polish(" ".join([*parts, *question] or [voice.say("not_understood_plain")]))
    return Reply(text, next_dialogue(turn, pending, topics, misunderstood), staff)


def _answers(turn: Turn, voice: Speaker) -> tuple[list[str], list[str]]:
    order = turn.outcome.order
    focus = [line.item for line_id in turn.dialogue["focus"] if (line := order.find(line_id))]
    talk = list(dict.fromkeys(turn.dialogue["topics"] or focus))
    given = [answer(question, order, turn.rules, voice, talk) for question in _open_questions(turn)]
    texts = list(dict.fromkeys(one.text for one in given))
    return texts, [item for one in given for item in one.topics]


def _open_questions(turn: Turn) -> list[Question]:
    """Return the questions that the turn's actions have not answered: what was just added is there."""
    added = {event.after.item for event in turn.outcome.events if event.after}
    return [
        question
        for question in turn.proposal.questions
        if not (question.topic == "availability" and question.items and added.issuperset(question.items))
    ]


def _alternatives(turn: Turn, pending: Pending | None, voice: Speaker) -> list[str]:
    """Name what is near the things that cannot be had, unless one of them is offered in the question."""
    if pending is not None and pending["kind"] == "offer":
        return []
    items = dict.fromkeys(item for thing in missing_things(turn) for item in thing.suggestions)
    return [voice.say("alternatives", items=voice.names(items))] if items else []


def _social(turn: Turn, body: Sequence[str], voice: Speaker) -> list[str]:
    """Answer small talk in a few words; beside real business only a greeting, a thanks or an apology is returned."""
    social, order = turn.proposal.social, turn.outcome.order
    if social is None or (body and social in ("yes", "no", "chat", "wait", "name", "goodbye")):
        return []
    if social == "greeting":
        fresh = not body and not order.lines
        return [voice.say("greeting", place=voice.place())] if fresh else [voice.say("greeting_again")]
    if social == "chat" and (own := _model_words(turn)):
        return [own]
    return [voice.say(social, place=voice.place())]


def _model_words(turn: Turn) -> str | None:
    """Return what a model wrote for plain small talk, if it is fit to be shown."""
    words = turn.proposal.reply
    if not words or check_reply(words, turn.outcome.order, turn.rules.menu, turn.language):
        return None
    return words.strip()


def _question(turn: Turn, pending: Pending | None, voice: Speaker) -> list[str]:
    """Return the one question at the end of a reply, or what stands in its place."""
    proposal, order = turn.proposal, turn.outcome.order
    if proposal.social in _PATIENT and not turn.outcome.events:
        return []
    if pending is not None:
        return [ask(pending, order, turn.rules, voice)]
    if any(notice.code == "not_understood" for notice in proposal.notices) or turn.outcome.issues:
        return [voice.say("say_again")]
    if order.status != "open":
        return []
    if order.lines and any(event.kind == "reopened" for event in turn.outcome.events):
        return [voice.say("reopened")]
    return _closing(turn, voice)


def _closing(turn: Turn, voice: Speaker) -> list[str]:
    order, social = turn.outcome.order, turn.proposal.social
    kinds = {event.kind for event in turn.outcome.events}
    if not order.lines:
        idle = kinds & {"removed", "cleared"} or (social and social != "greeting" and not turn.proposal.questions)
        return [voice.say("what_to_get")] if idle else []
    told = _open_questions(turn) or any(notice.code == "out_of_scope" for notice in turn.proposal.notices)
    if told or kinds & {"staff_called", "payment_refused", "refused"}:
        return []
    if kinds:
        return [voice.say("closing", total=voice.total(order))]
    return [voice.say("ready_to_pay", total=voice.total(order))] if social in ("no", "thanks", "yes") else []
