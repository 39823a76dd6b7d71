"""Customers and a payment terminal that know only HTTP and the menu card, and repeat what nobody has answered."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import httpx
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kiosk.till.signing import sign, verify
from tests.load.kiosk_process import TERMINAL_SECRET
from tests.receiver import LoopbackApp
from tests.web_server import events

PATIENCE_S = 180.0
"""How long somebody repeats a request before the test has failed."""
_PAUSE_S = 0.4

Options = tuple[tuple[str, Any], ...]
Cart = Counter[tuple[str, Options]]


class MenuCard:
    """The prices as they are printed: read from the file by code that knows nothing of the kiosk's own."""

    def __init__(self) -> None:
        """Read the menu that the kiosk sells."""
        text = files("kiosk.menu").joinpath("haru_cafe.yaml").read_text(encoding="utf-8")
        menu = yaml.safe_load(text)
        self._items = {item["id"]: item for item in menu["items"]}
        self._groups = menu["option_groups"]

    def price(self, item: str, options: Mapping[str, Any]) -> int:
        """Return the price of one unit."""
        return int(self._items[item]["price"]) + sum(self._extra(*option) for option in options.items())

    def total(self, cart: Cart) -> int:
        """Return the sum of a cart."""
        return sum(self.price(item, dict(options)) * quantity for (item, options), quantity in cart.items())

    def _extra(self, option: str, setting: Any) -> int:
        group = self._groups[option]
        if group["kind"] == "choice":
            return int(next(value.get("price", 0) for value in group["values"] if value["id"] == setting))
        return int(group["price_each"]) * setting if group["kind"] == "count" else int(group["price"])


def cart_of(lines: Iterable[Mapping[str, Any]]) -> Cart:
    """Return what the lines of an order or a ticket say."""
    cart = Cart()
    for line in lines:
        cart[line["item"], tuple(sorted(line["options"].items()))] += line["quantity"]
    return cart


@dataclass(frozen=True)
class Ware:
    """Something to order, in words and as a tap."""

    words: str
    item: str
    quantity: int
    options: Options = ()

    @property
    def cart(self) -> Cart:
        """What it adds to a cart."""
        return Cart({(self.item, self.options): self.quantity})

    @property
    def tap(self) -> dict[str, Any]:
        """The action of the buttons."""
        return {"type": "add_item", "item": self.item, "quantity": self.quantity, "options": dict(self.options)}


WARES = (
    Ware("쿠키 두 개 주세요", "cookie", 2),
    Ware("마카롱 세 개 주세요", "macaron", 3),
    Ware("아이스 라떼 한 잔 주세요", "latte", 1, (("temperature", "iced"),)),
    Ware("따뜻한 아메리카노 두 잔 주세요", "americano", 2, (("temperature", "hot"),)),
    Ware("two iced americanos please", "americano", 2, (("temperature", "iced"),)),
    Ware("아이스 카페모카 라지 사이즈로 한 잔 주세요", "cafe_mocha", 1, (("size", "large"), ("temperature", "iced"))),
)


@dataclass(frozen=True)
class Sold:
    """An order as it was read back to a customer who then paid for it."""

    order_id: str
    amount: int
    cart: Cart
    number: int | None


class Repeating:
    """Sends a request until it is answered; a server that is away, busy or just dying is tried again."""

    def __init__(self, url: str) -> None:
        """Connect when there is something to send."""
        self.client = httpx.Client(base_url=url, timeout=30.0)
        self.answered_s: list[float] = []
        self.repeated = 0

    def until_answered(self, send: Callable[[httpx.Client], Any]) -> Any:
        """Return the first answer that is one; `send` returns None where there was none."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                answer = send(self.client)
            except httpx.HTTPError:
                answer = None
            if answer is not None:
                self.answered_s.append(time.monotonic() - began)
                return answer
            self.repeated += 1
            time.sleep(_PAUSE_S)
        raise AssertionError("nobody answered")


def _plain(answer: httpx.Response) -> Any:
    """Return the JSON of a good answer, None where the server asks to come back; all else is a fault."""
    if answer.status_code in (429, 503):
        return None
    assert answer.status_code == 200, (answer.request.url.path, answer.status_code, answer.text)
    return answer.json()


class Guest(Repeating):
    """A customer who keeps in mind what was confirmed, and looks at every answer whether it is still there."""

    def __init__(self, url: str) -> None:
        """Order nothing yet."""
        super().__init__(url)
        self.thread_id = uuid.uuid4().hex
        self.cart = Cart()
        self.order_id: str | None = None
        self.view: Any = None

    def begin(self) -> None:
        """Come as another customer."""
        self.thread_id, self.cart, self.order_id, self.view = uuid.uuid4().hex, Cart(), None, None

    def add(self, ware: Ware, *, by_tap: bool) -> None:
        """Order something; it is on the order that the answer shows."""
        self._turn([ware.tap] if by_tap else ware.words)
        self._changed(lambda cart: cart.update(ware.cart))

    def remove(self, line: Mapping[str, Any]) -> None:
        """Take a line off."""
        self._turn([{"type": "remove_item", "line_id": line["line_id"]}])
        self._changed(lambda cart: cart.subtract(cart_of([line])))

    def say(self, words: str) -> Any:
        """Say something and return the view."""
        return self._turn(words)

    def ask_to_pay(self, *, by_tap: bool) -> Any:
        """Return the payment that the terminal is asked for: of just what the customer has in mind."""
        self._turn([{"type": "request_payment"}] if by_tap else "결제할게요")
        self._changed(lambda cart: None)
        return self.view["payment"]

    def look(self) -> Any:
        """Return the conversation as a page that is opened again shows it."""
        self.view = self.until_answered(lambda client: _plain(client.get(f"/api/chat/{self.thread_id}")))
        return self.view

    def _changed(self, change: Callable[[Cart], None]) -> None:
        """Carry a change out on the cart in mind, or on an empty one where the order before was paid meanwhile."""
        order = self.view["order"]
        if order["order_id"] != self.order_id:
            self.order_id, self.cart = order["order_id"], Cart()
        change(self.cart)
        self.cart = +self.cart
        assert cart_of(order["lines"]) == self.cart, (self.thread_id, self.cart, order)

    def _turn(self, asked: str | Sequence[Mapping[str, Any]]) -> Any:
        request_id = uuid.uuid4().hex
        sending = self._said(asked, request_id) if isinstance(asked, str) else self._tapped(asked, request_id)
        self.view = self.until_answered(sending)
        return self.view

    def _said(self, words: str, request_id: str) -> Callable[[httpx.Client], Any]:
        body = {"message": words, "thread_id": self.thread_id, "request_id": request_id}

        def send(client: httpx.Client) -> Any:
            with client.stream("POST", "/api/chat", json=body) as answer:
                if answer.status_code != 200:
                    answer.read()
                    return _plain(answer)
                heard = [*events(answer.iter_lines())]
            last = heard[-1] if heard else None
            if last is not None and last.name == "error":
                assert last.data["reason"] in ("storage", "busy", "stopping"), last
            return last.data if last is not None and last.name == "done" else None

        return send

    def _tapped(self, actions: Sequence[Mapping[str, Any]], request_id: str) -> Callable[[httpx.Client], Any]:
        body = {"actions": [*actions], "request_id": request_id}
        return lambda client: _plain(client.post(f"/api/orders/{self.thread_id}/actions", json=body))


@dataclass(frozen=True)
class Approval:
    """Money that the terminal took, and what the kiosk said to it, as often as it was told."""

    payment_id: str
    order_id: str
    revision: int
    amount: int
    answers: tuple[Any, ...]


class Terminal:
    """A terminal of another maker: it takes money, says so until it is heard, and hears what it has to give back."""

    def __init__(self) -> None:
        """Hear on a port of its own."""
        self.approvals: list[Approval] = []
        self.told: dict[str, dict[str, Any]] = {}
        self._mutex = threading.Lock()
        self.wire = LoopbackApp(Starlette(routes=[Route("/", self._hear, methods=["POST"])]))

    async def _hear(self, request: Request) -> Response:
        body = await request.body()
        key = verify(TERMINAL_SECRET, request.headers, body)
        with self._mutex:
            self.told.setdefault(key, json.loads(body))
        return Response(status_code=204)

    def approve(self, line: Repeating, payment: Mapping[str, Any], *, times: int = 1) -> Any:
        """Take the money and say so, also again after it was answered; return the first answer."""
        payment_id, webhook_id = uuid.uuid4().hex, uuid.uuid4().hex
        said = {"decision": "approve", "amount": payment["amount"], "payment_id": payment_id}
        answers = [self._say(line, payment, webhook_id, said) for _ in range(times)]
        assert answers[1:] == answers[:1] * (times - 1), "a repeated message gets the first answer"
        if times > 1:
            # The terminal has forgotten that it was answered, and makes a new message of the same payment.
            answers.append(self._say(line, payment, uuid.uuid4().hex, said))
        order_id, revision = payment["order_id"], payment["revision"]
        with self._mutex:
            self.approvals.append(Approval(payment_id, order_id, revision, payment["amount"], tuple(answers)))
        return answers[0]

    def refuse(self, line: Repeating, payment: Mapping[str, Any]) -> Any:
        """Decline."""
        return self._say(line, payment, uuid.uuid4().hex, {"decision": "decline"})

    @staticmethod
    def _say(line: Repeating, payment: Mapping[str, Any], webhook_id: str, said: Mapping[str, Any]) -> Any:
        body = json.dumps({**said, "revision": payment["revision"]}).encode()

        def send(client: httpx.Client) -> Any:
            headers = {"Content-Type": "application/json", **sign(TERMINAL_SECRET, webhook_id, body)}
            return _plain(client.post(f"/api/payments/{payment['order_id']}", content=body, headers=headers))

        return line.until_answered(send)


def pause(chance: random.Random, longest_s: float) -> None:
    """Let a customer think."""
    time.sleep(chance.uniform(0, longest_s))
