"""Attacks on the server: markup, bytes that are no HTTP, clients that stop listening, tokens, paths and host names.

Whatever was sent, the server goes on serving others, and nobody sees a traceback.
"""

import json
import secrets
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import SecretStr

from kiosk.settings import Settings
from kiosk.web.access import check_operator
from kiosk.web.errors import ApiError
from kiosk.web.pages import STATIC
from tests.raw_http import connect, exchange, request
from tests.web_server import Customer, WebServer

pytestmark = pytest.mark.api

MARKUP = "<img src=x onerror=alert(1)>"
TOKEN = "a-long-secret"
ORDER = json.dumps({"message": "쿠키 하나"}).encode()
CHAT = "POST /api/chat HTTP/1.1"
JSON = "Content-Type: application/json"


@pytest.fixture(autouse=True)
def unshaken(shared_web: WebServer) -> Iterator[None]:
    """After every attack the next customer is served."""
    yield
    shown = shared_web.client().get("/api/menu")
    assert shown.status_code == 200


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    url = f"sqlite:///{tmp_path_factory.mktemp('shop') / 'kiosk.db'}"
    with WebServer(Settings(database_url=url, operator_token=SecretStr(TOKEN), payment_terminal="external")) as server:
        yield server


# Markup


@pytest.mark.parametrize(
    "words", [MARKUP, f"제 이름은 {MARKUP}이에요", f"라떼 3잔 {MARKUP}", "</script><script>alert(1)//"]
)
def test_markup_that_is_said_comes_back_as_data_that_no_browser_renders(customer: Customer, words: str) -> None:
    customer.say(words)
    shown = customer.client.get(f"/api/chat/{customer.thread_id}")
    assert shown.headers["content-type"] == "application/json"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.json()["messages"][0]["role"] == "user"


@pytest.mark.parametrize(
    "path", [f"/{MARKUP}", f"/api/orders/{MARKUP}", f"/pictures/{MARKUP}.svg", f"/static/{MARKUP}"]
)
def test_markup_in_a_path_is_not_repeated(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {404, 422}
    assert "<img" not in answer.text
    assert "html" not in answer.headers["content-type"]


@pytest.mark.parametrize("field", ["thread_id", "request_id", "language", MARKUP])
def test_markup_in_a_field_is_refused_and_not_repeated(client: httpx.Client, field: str) -> None:
    answer = client.post("/api/chat", json={"message": "쿠키", field: MARKUP})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/json"
    assert "onerror" not in answer.json()["error"]["message"].replace(field, "")


def test_markup_in_a_tap_is_refused(customer: Customer) -> None:
    for action in ({"type": "add_item", "item": MARKUP}, {"type": "remove_item", "line_id": MARKUP}):
        answer = customer.touch(action)
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/json"


# Sizes


def test_a_header_without_end_is_cut_off(shared_web: WebServer) -> None:
    endless = b"GET /api/menu HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 2_000_000
    assert exchange(shared_web, endless).statuses in ([400], [431], [])


def test_headers_without_number_are_cut_off(shared_web: WebServer) -> None:
    many = [f"X-{number}: {'y' * 40}" for number in range(20_000)]
    assert exchange(shared_web, request("GET /api/menu HTTP/1.1", *many)).statuses in ([400], [431], [])


def test_an_address_without_end_is_cut_off(shared_web: WebServer) -> None:
    line = f"GET /api/menu?{'q' * 1_000_000} HTTP/1.1"
    assert exchange(shared_web, request(line)).statuses in ([400], [414], [431], [])


@pytest.mark.parametrize("declared", ["-1", "1e3", "99999999999999999999", "0x10", "5, 5"])
def test_a_length_that_is_none_orders_nothing(shared_web: WebServer, declared: str) -> None:
    answer = exchange(shared_web, request(CHAT, JSON, f"Content-Length: {declared}", body=ORDER), silent_s=1)
    assert set(answer.statuses) <= {400, 413, 422}
    assert b"event: done" not in answer.data


def test_packed_bytes_are_not_unpacked(client: httpx.Client) -> None:
    answer = client.post("/api/chat", content=b"\x1f\x8b" + b"\0" * 100, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 422


# Tokens


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN} {TOKEN}",
        TOKEN,
        "Bearer null",
        "Bearer \xff\xfe",
    ],
)
def test_a_token_that_is_not_the_token_opens_nothing(shop: WebServer, sent: str) -> None:
    headers = [f"Authorization: {sent}"]
    for line in ("GET /api/operator/live HTTP/1.1", "GET /api/operator/report HTTP/1.1"):
        assert exchange(shop, request(line, *headers)).statuses == [401]


def test_the_token_counts_in_its_header_alone(shop: WebServer) -> None:
    client = shop.client()
    assert client.get(f"/api/operator/live?token={TOKEN}&authorization=Bearer {TOKEN}").status_code == 401
    client.cookies.set("Authorization", f"Bearer {TOKEN}")
    assert client.get("/api/operator/live").status_code == 401
    assert client.get("/api/operator/live", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_how_long_a_comparison_takes_does_not_tell_how_much_was_right(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def record(given: bytes, right: bytes) -> bool:
        compared.append((given, right))
        return given == right

    monkeypatch.setattr(secrets, "compare_digest", record)
    for token in (TOKEN, "x" + TOKEN[1:]):
        with suppress(ApiError):
            check_operator(
                Settings(operator_token=SecretStr(TOKEN)),
                HTTPAuthorizationCredentials(scheme="Bearer", credentials=token),
            )
    assert compared == [(TOKEN.encode(), TOKEN.encode()), (b"x" + TOKEN[1:].encode(), TOKEN.encode())]


def test_a_customer_cannot_answer_for_a_real_terminal(shop: WebServer) -> None:
    customer = Customer(shop.client(), str(uuid.uuid4()))
    payment = customer.view("쿠키 하나 포장이요. 결제할게요")["payment"]
    for token in ("x", "wrong"):
        assert customer.pay("approve", payment, Authorization=f"Bearer {token}").status_code == 401
    assert customer.client.get(f"/api/orders/{customer.thread_id}").json()["order"]["status"] == "awaiting_payment"


# Paths


@pytest.mark.parametrize("prefix", ["/static/", "/pictures/"])
@pytest.mark.parametrize(
    "tail",
    [
        "..%2f..%2fsettings.py",
        "%2e%2e/%2e%2e/settings.py",
        "..%252f..%252fsettings.py",
        "..\\..\\settings.py",
        "..%5c..%5csettings.py",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "js/..%2f..%2f..%2fsettings.py",
        "kiosk.html%00.css",
        "%00",
        "js/main.js%00",
        "%c0%ae%c0%ae/settings.py",
        "....//....//settings.py",
        "latte.svg/..%2f..%2fapp.py",
        "~root/.profile",
        "CON",
    ],
)
def test_no_written_form_of_a_path_leads_to_another_file(shared_web: WebServer, prefix: str, tail: str) -> None:
    answer = exchange(shared_web, request(f"GET {prefix}{tail} HTTP/1.1"))
    assert answer.statuses in ([400], [404], [405], [422])
    assert b"import" not in answer.data
    assert b"root:" not in answer.data


def test_a_link_in_the_static_files_would_be_the_only_way_out_and_there_is_none() -> None:
    assert not [path for path in STATIC.rglob("*") if path.is_symlink()]


def test_a_whole_address_for_a_path_is_no_proxy(shared_web: WebServer) -> None:
    answer = exchange(shared_web, request("GET http://example.com/static/kiosk.css HTTP/1.1"))
    assert answer.statuses in ([400], [404], [421])
    assert exchange(shared_web, request("CONNECT example.com:443 HTTP/1.1")).statuses in ([400], [404], [405])


# Clients that do not behave


def test_a_listener_who_hangs_up_in_the_middle_loses_nothing_and_disturbs_nobody(
    shared_web: WebServer, customer: Customer
) -> None:
    body = json.dumps({"message": "쿠키 하나", "thread_id": customer.thread_id}).encode()
    for _ in range(5):
        with connect(shared_web) as connection:
            connection.sendall(request(CHAT, JSON, f"Content-Length: {len(body)}", body=body))
            connection.recv(16)
            # The connection is reset instead of closed, as by a device that loses its power.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    view = customer.view("지금 주문 뭐예요?")
    assert sum(line["quantity"] for line in view["order"]["lines"]) == 5


def test_clients_that_begin_and_say_no_more_hold_up_nobody(shared_web: WebServer, customer: Customer) -> None:
    begun = [b"", b"POST /api/chat HT", request(CHAT, JSON, "Content-Length: 500", body=b'{"message": "')]
    waiting = [connect(shared_web) for _ in range(60)]
    try:
        for number, connection in enumerate(waiting):
            connection.sendall(begun[number % len(begun)])
        assert customer.view("쿠키 하나")["order"]["lines"]
    finally:
        for connection in waiting:
            connection.close()


def test_half_a_connection_is_not_kept_open(shared_web: WebServer) -> None:
    with connect(shared_web) as connection:
        connection.sendall(b"GET /api/page HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(3)
        # A server that waits for more would let this run into the time limit.
        while connection.recv(65536):
            pass


def test_a_client_of_http_1_0_gets_the_whole_stream_and_its_end(shared_web: WebServer) -> None:
    sent = request("POST /api/chat HTTP/1.0", JSON, f"Content-Length: {len(ORDER)}", body=ORDER, host=None)
    answer = exchange(shared_web, sent)
    assert answer.statuses == [200]
    assert b"event: done" in answer.data
    assert b"transfer-encoding" not in answer.data.lower()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_body_of_another_kind_orders_nothing(client: httpx.Client, kind: str) -> None:
    """A form on another site's page could send these kinds without asking."""
    answer = client.post("/api/chat", content=ORDER, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\nnonsense\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloworld\r\n0\r\n\r\n",
        b"5;" + b"x" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_are_none_order_nothing(shared_web: WebServer, chunks: bytes) -> None:
    answer = exchange(shared_web, request(CHAT, JSON, "Transfer-Encoding: chunked", body=chunks), silent_s=1)
    assert set(answer.statuses) <= {400, 413, 422}
    assert b"event: done" not in answer.data


def test_a_request_hidden_in_the_body_of_another_is_not_carried_out(shared_web: WebServer, customer: Customer) -> None:
    """Length and chunks at once: two servers in a row would disagree where the request ends."""
    hidden = json.dumps({"message": "쿠키 하나", "thread_id": customer.thread_id}).encode()
    second = request(CHAT, JSON, f"Content-Length: {len(hidden)}", body=hidden)
    first = request(
        "POST /api/chat HTTP/1.1",
        JSON,
        f"Content-Length: {5 + len(second)}",
        "Transfer-Encoding: chunked",
        body=b"0\r\n\r\n" + second,
    )
    exchange(shared_web, first, silent_s=1)
    assert customer.client.get(f"/api/chat/{customer.thread_id}").status_code == 404


def test_requests_in_a_row_are_answered_in_their_order(shared_web: WebServer) -> None:
    row = [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in ("/api/page", "/nothing", "/api/page")
    ]
    last = request("GET /api/orders/nobody HTTP/1.1")
    assert exchange(shared_web, b"".join(row) + last).statuses == [200, 404, 200, 404]


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"\r\n" * 1000,
        b"\0" * 4096,
        request("GET /api/menu HTTP/1.1", "Bad Header"),
        request("GET /api/menu HTTP/1.1", "X: a\rb\0c"),
    ],
)
def test_what_is_no_http_gets_no_page(shared_web: WebServer, nonsense: bytes) -> None:
    answer = exchange(shared_web, nonsense, silent_s=1)
    assert set(answer.statuses) <= {400, 404, 405, 505}
    assert b"Traceback" not in answer.data


# Other sites


@pytest.mark.parametrize("path", ["/api/menu", "/api/page", "/api/chat/models", "/openapi.json", "/kiosk"])
def test_no_answer_is_shared_with_another_site(client: httpx.Client, path: str) -> None:
    for origin in ("https://evil.example", "null", f"{client.base_url}".rstrip("/")):
        headers = client.get(path, headers={"Origin": origin}).headers
        assert not [name for name in headers if name.startswith("access-control-")]
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example.", "evil.example@x.y"],
)
def test_a_name_that_another_site_points_here_is_not_ours(shared_web: WebServer, host: str) -> None:
    """The page of such a site is of our origin for its visitor's browser."""
    sent = request(CHAT, JSON, f"Origin: http://{host}", f"Content-Length: {len(ORDER)}", body=ORDER, host=host)
    assert exchange(shared_web, sent).statuses == [421]
    assert exchange(shared_web, request("GET /api/menu HTTP/1.1", host=host)).statuses == [421]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "localhost", "[::1]:8000", "192.168.0.7", "kiosk", "kiosk.local", "KIOSK.internal"]
)
def test_addresses_and_names_of_the_local_network_are_ours(shared_web: WebServer, host: str) -> None:
    assert exchange(shared_web, request("GET /api/page HTTP/1.1", host=host)).statuses == [200]


def test_a_public_name_is_ours_once_the_operator_says_so(web: Callable[..., WebServer]) -> None:
    server = web(allowed_hosts=("kiosk.example.com",))
    assert exchange(server, request("GET /api/page HTTP/1.1", host="Kiosk.Example.com")).statuses == [200]
    assert exchange(server, request("GET /api/page HTTP/1.1", host="example.com")).statuses == [421]


@pytest.mark.parametrize(
    "lines", [["Host: evil.example"], ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: gopher"]]
)
def test_no_header_makes_the_server_point_elsewhere(shared_web: WebServer, lines: list[str]) -> None:
    answer = exchange(shared_web, request("GET / HTTP/1.1", *lines))
    assert answer.statuses in ([307], [400], [421])
    assert b"evil.example" not in answer.data
