"""What a conversation leaves behind: placeholders in the state, nothing personal beside it, and cipher with a key."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph import create_graph, open_graph
from graph.builder import build_graph
from graph.errors import StorageError
from kiosk.settings import Settings
from state import Context
from tests.graph.turns import cart, said, say

pytestmark = pytest.mark.graph

NAME, PHONE, MAIL = "김민수", "010-2345-6789", "minsu.kim@example.com"
TURN = f"라떼 3잔 아이스로 주세요. 제 이름은 {NAME}이고 번호는 {PHONE}, 영수증은 {MAIL}로 보내 주세요"
PARTS = (NAME, "2345-6789", "01023456789", "minsu")


def in_files(folder: Path, *parts: str) -> list[str]:
    contents = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    return [part for part in parts if part.encode() in contents]


def test_the_state_holds_placeholders_under_the_same_message_id(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    kiosk.invoke({"messages": [HumanMessage(TURN, id="m-1")]}, thread)
    first, _ = kiosk.get_state(thread).values["messages"]
    assert first.id == "m-1"
    assert "<NAME_1>" in first.content
    assert "<PHONE_1>" in first.content
    assert not any(part in str(kiosk.get_state(thread).values) for part in PARTS)


def test_the_order_can_use_what_was_said_at_the_till_alone(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    result = say(kiosk, thread, TURN)
    assert cart(result) == [("latte", 3, {"temperature": "iced"})]
    values = kiosk.get_state(thread).values
    assert values["contacts"] == {
        "cup_name": "<NAME_1>",
        "loyalty_phone": "<PHONE_1>",
        "receipt_email": "<EMAIL_1>",
    }
    thread_id = thread["configurable"]["thread_id"]
    assert kiosk.for_the_till(thread_id) == {"cup_name": NAME, "loyalty_phone": PHONE, "receipt_email": MAIL}
    assert kiosk.unmask_for_screen(thread_id, "<NAME_1> 님") == f"{NAME} 님"
    assert kiosk.unmask_for_screen("another", "<NAME_1> 님") == "<NAME_1> 님"


def test_nobody_gets_a_value_back_by_typing_its_placeholder(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    say(kiosk, thread, TURN, "<PHONE_1> 이 뭐예요?")
    words = kiosk.get_state(thread).values["messages"][-2].content
    assert PHONE not in kiosk.unmask_for_screen(thread["configurable"]["thread_id"], words)


def test_a_caller_who_comes_round_the_border_is_masked_in_analyze(thread: RunnableConfig) -> None:
    plain = build_graph().compile(checkpointer=InMemorySaver())
    history: list[Any] = [
        HumanMessage(f"번호는 {PHONE}이에요", id="old"),
        AIMessage("네"),
        HumanMessage(TURN, id="new"),
    ]
    plain.invoke({"messages": history}, thread)
    shown = str(plain.get_state(thread).values)
    assert not any(part in shown for part in PARTS)


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
@pytest.mark.parametrize("key", [None, "a key for tests only"])
def test_no_file_holds_what_was_said_whatever_is_saved_when(
    tmp_path: Path, thread: RunnableConfig, durability: Any, key: str | None
) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'kiosk.db'}", encryption_key=key)
    noisy: Any = {
        **thread,
        "configurable": {**thread["configurable"], "customer": NAME, "phone": PHONE},
        "metadata": {"who": MAIL},
    }
    with open_graph(settings) as kiosk:
        kiosk.invoke(said(TURN), noisy, durability=durability)
        with pytest.raises(ValueError, match="llm_temperature"):
            kiosk.invoke(said(TURN), noisy, context=Context(llm_temperature=9.0), durability=durability)
        kiosk.invoke(said("결제할게요"), noisy, durability=durability)
        assert in_files(tmp_path, *PARTS) == []
    assert in_files(tmp_path, *PARTS) == []


def test_a_conversation_in_cipher_goes_on_after_a_restart(tmp_path: Path, thread: RunnableConfig) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'kiosk.db'}", encryption_key="a key for tests only")
    with open_graph(settings) as kiosk:
        say(kiosk, thread, TURN)
    with open_graph(settings) as kiosk:
        result = say(kiosk, thread, "한 잔 빼 주세요")
        assert cart(result) == [("latte", 2, {"temperature": "iced"})]
        assert kiosk.for_the_till(thread["configurable"]["thread_id"])["loyalty_phone"] == PHONE
    with closing(sqlite3.connect(tmp_path / "kiosk.db")) as connection:
        kinds = {kind for (kind,) in connection.execute("SELECT type FROM checkpoints")}
    assert {kind.rpartition("+")[2] for kind in kinds} == {"kiosk-gcm"}


def test_conversations_from_before_the_key_can_still_be_read(tmp_path: Path, thread: RunnableConfig) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    with open_graph(Settings(database_url=url)) as kiosk:
        say(kiosk, thread, "라떼 3잔 아이스로")
    with open_graph(Settings(database_url=url, encryption_key="a key for tests only")) as kiosk:
        assert cart(say(kiosk, thread, "한 잔 빼 주세요")) == [("latte", 2, {"temperature": "iced"})]


@pytest.mark.parametrize("later", [None, "another key for tests"])
def test_a_lost_key_is_told_by_the_name_of_its_setting(
    tmp_path: Path, thread: RunnableConfig, later: str | None
) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    with open_graph(Settings(database_url=url, encryption_key="a key for tests only")) as kiosk:
        say(kiosk, thread, "라떼 3잔 아이스로")
    with (
        open_graph(Settings(database_url=url, encryption_key=later)) as kiosk,
        pytest.raises(StorageError, match="KIOSK_ENCRYPTION_KEY"),
    ):
        say(kiosk, thread, "한 잔 빼 주세요")


@pytest.mark.parametrize("given", [TURN, [TURN], 3, {"messages": [{"text": TURN}]}, {"messages": [3]}])
def test_an_input_that_cannot_be_read_is_refused_without_repeating_it(given: Any, thread: RunnableConfig) -> None:
    with pytest.raises((TypeError, ValueError)) as raised:
        create_graph().invoke(given, thread)
    assert not any(part in f"{raised.value!r}{raised.value.__cause__!r}" for part in PARTS)


def test_fields_of_a_message_other_than_its_words_are_dropped(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    message = HumanMessage("라떼 한 잔", name=NAME, additional_kwargs={"who": PHONE}, response_metadata={"who": PHONE})
    kiosk.invoke({"messages": [message]}, thread)
    assert not any(part in str(kiosk.get_state(thread).values) for part in PARTS)


def test_a_remark_of_the_terminal_is_not_kept(thread: RunnableConfig) -> None:
    kiosk = create_graph()
    say(kiosk, thread, "라떼 한 잔 아이스로", "결제할게요")
    remark = {"decisions": [{"type": "reject", "message": f"{NAME} {PHONE}"}]}
    chunks = list(kiosk.stream(Command(resume=remark), thread, stream_mode=["debug", "values"], durability="sync"))
    assert not any(part in str(chunks) for part in PARTS)
