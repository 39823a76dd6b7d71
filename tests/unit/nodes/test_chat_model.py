"""The embedded engine as a chat model."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from kiosk.menu import load_menu
from kiosk.ordering import AddItem, ChangeOptions, Order, TurnProposal, to_state
from kiosk.ordering.operations import add_item
from kiosk.ordering.order import Rules
from kiosk.understanding import Engine
from kiosk.understanding.chat_model import EmbeddedChatModel

pytestmark = pytest.mark.unit

MENU = load_menu()


@pytest.fixture(scope="module")
def model() -> EmbeddedChatModel:
    return EmbeddedChatModel(engine=Engine(MENU))


class Watcher(BaseCallbackHandler):
    """Notes that a run was seen."""

    def __init__(self) -> None:
        self.seen = 0

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        self.seen += 1


def proposed(message: AIMessage) -> TurnProposal:
    return TurnProposal.model_validate_json(str(message.content))


def test_it_answers_with_a_proposal_that_cost_nothing(model: EmbeddedChatModel) -> None:
    message = model.invoke("라떼 3잔")
    assert proposed(message).actions == (AddItem(item="latte", quantity=3),)
    assert message.response_metadata["model_name"] == "embedded"
    assert message.usage_metadata == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


def test_the_last_words_come_with_the_order_that_they_are_about(model: EmbeddedChatModel) -> None:
    order = to_state(add_item(Order("o1"), Rules(MENU), "latte", 3), MENU)
    words = HumanMessage("아이스로 바꿔 주세요", additional_kwargs={"order": order})
    message = model.invoke([HumanMessage("라떼 3잔"), AIMessage("네"), words])
    assert proposed(message).actions == (ChangeOptions(line_id="1", options={"temperature": "iced"}),)


def test_it_is_the_same_asynchronously(model: EmbeddedChatModel) -> None:
    assert asyncio.run(model.ainvoke("라떼 3잔")).content == model.invoke("라떼 3잔").content


def test_a_callback_sees_the_run(model: EmbeddedChatModel) -> None:
    watcher = Watcher()
    model.invoke([HumanMessage("라떼 3잔")], {"callbacks": [watcher]})
    assert watcher.seen == 1


def test_without_the_customers_words_it_says_what_is_missing(model: EmbeddedChatModel) -> None:
    with pytest.raises(ValueError, match="messages: no human message"):
        model.invoke([AIMessage("네")])
