"""An answer that arrives but is no good counts as the endpoint's failure: the next one serves the customer."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.runnables import RunnableConfig

from tests.graph.served import GOOD, UNSURE, attempts, causes, kiosk_on, model, small_talk
from tests.graph.turns import cart, say
from tests.loopback import Answer, LoopbackServer
from tests.unit.serving.support import proposal

pytestmark = pytest.mark.graph

NO_SUCH_LINE = {"type": "set_quantity", "line_id": "010-2345-6789", "quantity": 2}
NOT_OFFERED = {
    "type": "add_item",
    "heard": "에스프레소",
    "item": "espresso",
    "quantity": 1,
    "options": [{"option": "milk", "value": "soy"}],
}
USELESS = {
    "empty": (Answer(""), "empty answer"),
    "nothing proposed": (Answer(proposal(actions=[])), "nothing proposed"),
    "only words": (Answer(proposal(actions=[], reply="무엇을 도와드릴까요?")), "nothing proposed"),
    "too short": (small_talk("."), "reply: short"),
    "error text": (small_talk("Internal error: 서버에 문제가 생겼어요"), "reply: fault"),
    "status code": (small_talk("HTTP 503 이라고 하네요"), "reply: fault"),
    "JSON to a customer": (small_talk('{"intent": "small_talk"}'), "reply: json"),
    "a Python value": (small_talk("{'intent': '주문'}"), "reply: json"),
    "wrong language": (small_talk("What a lovely day, how are you doing?"), "reply: language"),
    "a price from nowhere": (small_talk("그 음료는 1,234원이에요."), "reply: ungrounded"),
    "a promise": (small_talk("오늘은 공짜로 드릴게요!"), "reply: promise"),
    "paid, it says": (small_talk("결제가 완료되었습니다."), "reply: claim"),
    "no such line": (Answer(proposal(actions=[NO_SUCH_LINE])), "actions[0] set_quantity: unknown_line line_id"),
    "option not offered": (Answer(proposal(actions=[NOT_OFFERED])), "actions[0] add_item:"),
}


@pytest.mark.parametrize("name", USELESS)
def test_a_useless_answer_is_asked_for_again_and_then_from_the_next_model(
    tmp_path: Path, thread: RunnableConfig, name: str
) -> None:
    useless, code = USELESS[name]
    with LoopbackServer(useless) as bad, LoopbackServer(GOOD) as good:
        models = model("bad", bad.url, avg_latency_ms=10), model("good", good.url, avg_latency_ms=20)
        kiosk = kiosk_on(tmp_path, *models, max_retries=1)
        result = say(kiosk, thread, UNSURE)

    assert cart(result) == [("cafe_mocha", 1, {})]
    assert causes(kiosk, thread) == [("embedded", None), ("bad", "bad_output"), ("bad", "bad_output"), ("good", None)]
    assert [one["detail"] for one in attempts(kiosk, thread)][1].startswith(code)
    assert len(bad.chats) == 2
    assert "Put right" in str(bad.chats[1].body)
    assert "Put right" not in str(good.chats[0].body)


def test_useless_answers_open_the_breaker_like_any_other_failure(tmp_path: Path, thread: RunnableConfig) -> None:
    with LoopbackServer(USELESS["wrong language"][0]) as bad:
        kiosk = kiosk_on(tmp_path, model("bad", bad.url), max_retries=0)
        say(kiosk, thread, *[UNSURE] * 5)

    assert len(bad.chats) == 3


def test_what_is_recorded_of_a_failure_repeats_no_word_that_was_said(tmp_path: Path, thread: RunnableConfig) -> None:
    secret = "비밀암호"
    invented = proposal()[:-1] + f', "{secret}": 1}}'
    wrong_value = proposal().replace('"latte"', f'"{secret}"')
    wrong_line = proposal(actions=[{**NO_SUCH_LINE, "line_id": secret}])
    leaks = [Answer(invented), Answer(wrong_value), Answer(wrong_line), small_talk(f"{{'{secret}': 1}}")]
    leaks += [Answer(secret), Answer(raw=secret.encode()), Answer(status=400, raw=f'{{"error": "{secret}"}}'.encode())]
    for number, leak in enumerate(leaks):
        with LoopbackServer(leak) as bad:
            kiosk = kiosk_on(tmp_path, model(f"bad{number}", bad.url), max_retries=0)
            say(kiosk, thread, UNSURE)
        details = [one["detail"] for one in attempts(kiosk, thread)]
        assert causes(kiosk, thread)[1][1] is not None, leak
        assert secret not in str(details), leak
