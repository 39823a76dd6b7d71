"""What terminals, Studio and chat pages send back."""

from typing import Any

import pytest

from nodes.checkout import payment_of
from state import OrderState

pytestmark = pytest.mark.unit

ORDER: OrderState = {
    "order_id": "o1",
    "status": "awaiting_payment",
    "revision": 4,
    "currency": "KRW",
    "total": 4500,
    "lines": [],
    "next_line_id": 1,
}


@pytest.mark.parametrize(
    "answer",
    [
        {"decisions": [{"type": "approve"}]},
        [{"type": "accept", "args": None}],
        {"type": "approve"},
        "approve",
        {"decisions": [{"type": "approve", "args": {"order_id": "o1", "revision": 4}}]},
        {"decisions": [{"type": "approve", "revision": 4}]},
    ],
)
def test_an_approval_is_one_in_every_usual_shape(answer: Any) -> None:
    assert payment_of(answer, ORDER) == {"decision": "approve", "order_id": "o1", "revision": 4}


@pytest.mark.parametrize(
    "answer",
    [
        {"decisions": [{"type": "reject", "message": "card declined"}]},
        {"decisions": []},
        {"decisions": [{"type": "approve"}, {"type": "approve"}]},
        {"type": "edit"},
        "yes",
        True,
        None,
        1,
        {},
    ],
)
def test_anything_else_is_a_rejection(answer: Any) -> None:
    assert payment_of(answer, ORDER)["decision"] == "reject"


@pytest.mark.parametrize(
    ("named", "revision"), [({"revision": 3}, 3), ({"args": {"revision": 3}}, 3), ({"revision": "4"}, -1)]
)
def test_an_answer_may_say_which_request_it_means(named: dict[str, Any], revision: int) -> None:
    assert payment_of({"decisions": [{"type": "approve", **named}]}, ORDER)["revision"] == revision
