"""An allergy is private and still answered: the statement is masked, the menu's allergen data speak."""

from __future__ import annotations

import json

import pytest
from langchain_core.messages import HumanMessage, messages_to_dict
from langchain_core.runnables import RunnableConfig

from graph import create_graph

pytestmark = pytest.mark.graph

CONFIG: RunnableConfig = {"configurable": {"thread_id": "allergy"}}


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("견과류 알레르기가 있는데 혹시 조심해야 되는 디저트가 뭔가요?", "마카롱"),
        ("i'm allergic to nuts, which dessert should i stay away from?", "macaron"),
        ("저 우유 알러지 있어요 라떼 괜찮을까요?", "우유가 들어"),
    ],
)
def test_who_states_an_allergy_is_told_what_contains_it(said: str, answered: str) -> None:
    out = create_graph().invoke({"messages": [HumanMessage(said)]}, CONFIG)

    assert answered in out["response"]["answer"]
    assert not out["order"]["lines"]


def test_the_statement_itself_is_not_stored() -> None:
    kiosk = create_graph()

    kiosk.invoke({"messages": [HumanMessage("견과류 알레르기가 있는데 마카롱 괜찮아요?")]}, CONFIG)

    values = kiosk.get_state(CONFIG).values
    customer = [message for message in values["messages"] if message.type == "human"]
    kept = json.dumps([messages_to_dict(customer), values["dialogue"], values["analysis"]], ensure_ascii=False)
    assert "알레르기" not in kept
    assert "견과류" not in kept
