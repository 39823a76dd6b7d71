"""`kiosk chat` and `kiosk ask` from outside: the conversation, how it ends and what it leaves behind."""

import json
import signal
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.api.kiosk_command import Ended, KioskCommand

pytestmark = pytest.mark.api

SEED_CONVERSATION = """안녕하세요
아메리카노 가격은 얼마인가요?
저는 카페인에 민감한데, 맛있는 음료를 추천해주세요
라떼 3잔을 주문하고 싶어
나의 이름은 고우주이야
라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘
아이스요
quit
"""
PLAIN = {"item": "latte", "quantity": 3, "options": {}}
DRESSED = {"item": "latte", "quantity": 3, "options": {"size": "large", "milk": "soy", "shots": 2}}


def cart(entry: dict[str, Any]) -> list[dict[str, Any]]:
    lines = (entry["order"] or {"lines": []})["lines"]
    return [{key: line[key] for key in ("item", "quantity", "options")} for line in lines]


def iced(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "options": {**line["options"], "temperature": "iced"}}


def squeezed(text: str) -> str:
    return text.replace(" ", "").replace(",", "")


@pytest.fixture(scope="module")
def seed_conversation(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    kiosk = KioskCommand(tmp_path_factory.mktemp("seed"))
    return kiosk("chat", "--json", stdin=SEED_CONVERSATION)


def test_the_seeds_conversation_gives_the_right_carts(seed_conversation: Ended) -> None:
    carts = [cart(entry) for entry in seed_conversation.json_lines]
    assert carts == [[], [], [], [PLAIN], [PLAIN], [PLAIN, DRESSED], [iced(PLAIN), iced(DRESSED)]]


def test_the_seeds_conversation_gives_the_right_prices(seed_conversation: Ended) -> None:
    totals = [(entry["order"] or {"total": 0})["total"] for entry in seed_conversation.json_lines]
    assert totals == [0, 0, 0, 13500, 13500, 33900, 33900]
    assert "4000원" in squeezed(seed_conversation.json_lines[1]["reply"])


def test_the_seeds_conversation_asks_back_for_the_temperature(seed_conversation: Ended) -> None:
    entries = seed_conversation.json_lines
    for entry in (entries[3], entries[5]):
        assert {tuple(line["missing"]) for line in entry["order"]["lines"]} == {("temperature",)}
        assert any(word in entry["reply"] for word in ("온도", "따뜻", "핫", "아이스"))
    assert all(not line["missing"] for line in entries[6]["order"]["lines"])


def test_the_seeds_conversation_ends_at_quit_without_a_word_on_stderr(seed_conversation: Ended) -> None:
    assert (seed_conversation.code, seed_conversation.err) == (0, "")
    assert len(seed_conversation.json_lines) == 7


def test_a_pipe_gets_plain_text_one_block_a_turn_in_utf8_without_colours(kiosk: KioskCommand) -> None:
    ended = kiosk("chat", stdin="에스프레소 두 잔 주세요\n/cart\n", FORCE_COLOR="1", TERM="xterm-256color")
    assert (ended.code, ended.err) == (0, "")
    assert "\x1b" not in ended.out
    assert len(ended.blocks) == 2
    assert "  2 x 에스프레소  7,000원\n  합계 7,000원" in ended.blocks[0]
    assert ended.blocks[1] == "  2 x 에스프레소  7,000원\n  합계 7,000원"


def test_each_turn_is_answered_before_the_next_is_sent(kiosk: KioskCommand) -> None:
    process = kiosk.start("chat", "--json")
    assert process.stdin is not None
    assert process.stdout is not None
    for number in (1, 2):
        process.stdin.write("에스프레소 하나 주세요\n".encode())
        process.stdin.flush()
        assert f'"quantity": {number}' in process.stdout.readline().decode()
    process.stdin.close()
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("farewell", ["quit", " 종료 ", ""])
def test_a_farewell_or_the_end_of_the_input_ends_the_chat(kiosk: KioskCommand, farewell: str) -> None:
    ended = kiosk("chat", "--json", stdin=farewell)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_ctrl_c_ends_the_chat_cleanly(kiosk: KioskCommand) -> None:
    process = kiosk.start("chat", "--json")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("에스프레소 하나 주세요\n".encode())
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, b"", b"")


def test_a_reader_who_leaves_is_no_error(kiosk: KioskCommand) -> None:
    process = kiosk.start("chat", "--json")
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate("안녕하세요\n안녕하세요\n".encode(), timeout=30)
    assert (process.returncode, err) == (0, b"")


def test_a_conversation_goes_on_in_another_process(kiosk: KioskCommand) -> None:
    kiosk("ask", "에스프레소 두 잔 주세요", "--thread", "t1")
    resumed = kiosk("chat", "--json", "--thread", "t1", stdin="/cart\n에스프레소 하나 더 주세요\n")
    assert [cart(entry)[0]["quantity"] for entry in resumed.json_lines] == [2, 3]
    other = kiosk("ask", "안녕하세요", "--json")
    assert cart(other.json) == []
    assert other.json["thread_id"] != "t1"


def test_the_simulated_terminal_declines_and_approves(kiosk: KioskCommand) -> None:
    turns = "/pay\n에스프레소 두 잔 주세요\n결제할게요\n/decline\n결제할게요\n/pay\n"
    nothing, _, due, declined, due_again, paid = kiosk("chat", "--json", stdin=turns).json_lines
    assert set(nothing) == {"error"}
    for entry in (due, due_again):
        assert entry["order"]["status"] == "awaiting_payment"
        assert entry["payment"] == {"amount": 7000, "currency": "KRW"}
    assert declined["order"]["status"] == "open"
    assert cart(declined) == cart(due)
    assert paid["order"]["status"] == "paid"
    assert all(entry["reply"] for entry in (due, declined, due_again, paid))


def test_payment_can_be_answered_after_a_restart(kiosk: KioskCommand) -> None:
    kiosk("chat", "--thread", "t1", stdin="에스프레소 하나 주세요\n결제할게요\n")
    paid = kiosk("chat", "--json", "--thread", "t1", stdin="/pay\n").json
    assert paid["order"]["status"] == "paid"


def test_a_new_customer_gets_a_new_thread_and_an_empty_cart(kiosk: KioskCommand) -> None:
    first, new, empty = kiosk("chat", "--json", stdin="에스프레소 하나 주세요\n/new\n/cart\n").json_lines
    assert first["thread_id"] != new["thread_id"] == empty["thread_id"]
    assert cart(empty) == []


def test_commands_that_do_not_exist_and_help_do_not_reach_the_machine(kiosk: KioskCommand) -> None:
    unknown, help_text, menu = kiosk("chat", "--json", stdin="/nope\n/help\n/menu\n").json_lines
    assert "/nope" in unknown["error"]
    assert "/decline" in help_text["help"]
    assert "아메리카노" in menu["menu"]


def test_bytes_that_are_no_text_and_overlong_turns_do_not_stop_the_chat(kiosk: KioskCommand) -> None:
    stdin = b"\xff\xfe\x80\n\x00\x1b[31m\n" + "가".encode() * 100_000 + "\n에스프레소 하나 주세요\n".encode()
    ended = kiosk("chat", "--json", stdin=stdin)
    assert (ended.code, ended.err) == (0, "")
    entries = ended.json_lines
    assert len(entries) == 4
    assert all(entry["reply"] and entry["error"] is None for entry in entries)
    assert cart(entries[3]) == [{"item": "espresso", "quantity": 1, "options": {}}]


def test_the_interface_speaks_english(kiosk: KioskCommand) -> None:
    ended = kiosk("chat", "--lang", "en", stdin="two espressos please\n")
    assert "  2 x espresso  ₩7,000\n  Total ₩7,000" in ended.out


def test_ask_prints_one_turn(kiosk: KioskCommand) -> None:
    people = kiosk("ask", "에스프레소 두 잔 주세요")
    assert (people.code, people.err) == (0, "")
    assert people.out.endswith("  2 x 에스프레소  7,000원\n  합계 7,000원\n\n")
    programs = kiosk("ask", "에스프레소 두 잔 주세요", "--json").json
    assert set(programs) == {"thread_id", "reply", "order", "payment", "response", "error"}
    assert programs["response"]["serving_info"]["endpoint_id"] == "embedded"


def test_a_database_that_fails_for_a_turn_costs_that_turn_and_nothing_else(kiosk: KioskCommand) -> None:
    process = kiosk.start("chat", "--json")

    def say(text: str) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    say("에스프레소 하나 주세요")
    with closing(sqlite3.connect(kiosk.folder / "kiosk.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE checkpoints RENAME TO elsewhere")
        failed = say("에스프레소 두 잔 더 주세요")
        unseen = [say("/cart"), say("/pay")]
        database.execute("ALTER TABLE elsewhere RENAME TO checkpoints")
    mended = say("/cart")
    _, err = process.communicate(timeout=30)
    assert failed["reply"].startswith("죄송합니다")
    assert [entry["error"] for entry in (failed, *unseen)] == ["StorageError"] * 3
    assert cart(mended) == [{"item": "espresso", "quantity": 1, "options": {}}]
    assert process.returncode == 0
    assert b"turn failed: StorageError" in err
    assert len(err.decode().splitlines()) == 3
    assert "에스프레소" not in err.decode()
    assert b"Traceback" not in err
