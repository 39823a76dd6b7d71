"""Laws of replies that hold for every menu, proposal and language."""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ordering import Clarification, Notice, Question, Rules, apply_proposal, missing_options
from kiosk.replies import Reply, Turn, check_reply, compose, languages
from tests.unit.ordering.strategies import Case, cases, options, proposals
from tests.unit.replies.play import quiet

pytestmark = pytest.mark.unit

TOPICS = Question.model_fields["topic"].annotation.__args__  # type: ignore[union-attr]
CODES = Notice.model_fields["code"].annotation.__args__  # type: ignore[union-attr]
SOCIAL = ["greeting", "thanks", "goodbye", "name", "identity", "complaint", "wait", "chat", "yes", "no", None]


def ids(rules: Rules) -> st.SearchStrategy[str]:
    return st.sampled_from([*rules.menu.by_id] * 6 + ["none_such"])


def few(names: Iterable[str]) -> st.SearchStrategy[tuple[str, ...]]:
    known = [*names]
    return st.lists(st.sampled_from(known), max_size=1).map(tuple) if known else st.just(())


@st.composite
def questions(draw: st.DrawFn, rules: Rules) -> Question:
    menu, item = rules.menu, draw(ids(rules))
    some = draw(options(menu, item)) if item in menu.by_id else {}
    return Question(
        topic=draw(st.sampled_from(TOPICS)),
        items=tuple(draw(st.lists(ids(rules), max_size=2, unique=True))),
        quantities=tuple(draw(st.lists(st.integers(1, 3), max_size=2))),
        options={option: value for option, value in some.items() if value is not None},
        option_ids=draw(few(group.id for group in menu.option_groups.values())),
        text=draw(st.none() | st.text(max_size=20)),
        categories=draw(few(menu.categories)),
        not_categories=draw(few(menu.categories)),
        with_allergens=draw(few(menu.allergens)),
        without_allergens=draw(few(menu.allergens)),
        tags=draw(few(["best", "none_such"])),
        caffeine=draw(st.sampled_from([None, None, "free", "low", "high", "most", "least"])),
        price=draw(st.sampled_from([None, None, "least", "most"])),
        calories=draw(st.sampled_from([None, None, "least", "most"])),
    )


@st.composite
def notices(draw: st.DrawFn, rules: Rules) -> Notice:
    groups = [group.id for group in rules.menu.option_groups.values()]
    return Notice(
        code=draw(st.sampled_from(CODES)),
        item=draw(st.none() | ids(rules)),
        option=draw(st.none() | st.sampled_from([*groups, "none_such"])),
        value=draw(st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from(["large", "iced", "none_such"])),
        text=draw(st.none() | st.text(max_size=40)),
        suggestions=tuple(draw(st.lists(ids(rules), max_size=3))),
        quantity=draw(st.integers(1, 5)),
    )


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    case: Case = draw(cases())
    rules = case.rules
    unclear = st.builds(Clarification, candidates=st.lists(ids(rules), max_size=3, unique=True).map(tuple))
    proposal = draw(proposals(case)).model_copy(
        update={
            "questions": tuple(draw(st.lists(questions(rules), max_size=2))),
            "notices": tuple(draw(st.lists(notices(rules), max_size=2))),
            "clarification": draw(st.none() | st.none() | unclear),
            "social": draw(st.sampled_from(SOCIAL)),
        }
    )
    language = draw(st.sampled_from(languages()))
    talk = quiet(language, focus=["1", "9"], topics=[draw(ids(rules))], misunderstood=draw(st.integers(0, 3)))
    outcome = apply_proposal(case.order, proposal, rules, lambda: "order-0043")
    return Turn(language, rules, case.order, proposal, outcome, talk)


def spoken(turn: Turn) -> Reply:
    reply = compose(turn)
    assert compose(turn) == reply, "the same turn always gives the same reply"
    return reply


@given(turns())
def test_every_turn_gets_a_clean_reply_whose_numbers_are_grounded(turn: Turn) -> None:
    reply = spoken(turn)
    quoted = any([one.text for one in turn.proposal.notices] + [one.text for one in turn.proposal.questions])
    issues = check_reply(reply.text, turn.outcome.order, turn.rules.menu, None if quoted else turn.language)
    if quoted:  # what customers say may look like anything but code
        issues = [issue for issue in issues if issue.startswith(("empty", "json"))]
    assert issues == [], reply.text
    assert not set("{}<>\x00") & set(reply.text)
    if not quoted:
        assert not re.search(r"  | [.,!?]|\(\)|None|\bTrue\b|\bFalse\b", reply.text), reply.text


@given(turns())
def test_a_reply_asks_about_lines_and_items_that_exist(turn: Turn) -> None:
    dialogue, order, menu = spoken(turn).dialogue, turn.outcome.order, turn.rules.menu
    assert dialogue["language"] == turn.language
    assert all(order.find(line_id) for line_id in dialogue["focus"])
    pending = dialogue["pending"]
    if pending is None:
        lines = order.lines if order.status == "open" else ()
        assert all(not missing_options(menu, line.item, line.options) for line in lines)
    elif pending["kind"] == "missing":
        for line_id in pending["line_ids"]:
            line = order.find(line_id)
            assert line is not None
            assert pending["option"] in missing_options(menu, line.item, line.options)
    elif pending["kind"] in ("which_item", "offer"):
        assert pending["candidates"]
        assert all(item in menu.by_id for item in pending["candidates"])
        if pending["kind"] == "offer":
            assert not any(turn.rules.is_sold_out(item) for item in pending["candidates"])
