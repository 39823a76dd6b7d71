"""What the server does not do: for strangers, in bulk, or in somebody else's name."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.web_server import WebServer

pytestmark = pytest.mark.api


def reason(answer: httpx.Response) -> str:
    found: str = answer.json()["error"]["reason"]
    return found


@pytest.mark.parametrize(
    "path", ["/kiosk", "/api/menu", "/static/js/main.js", "/pictures/latte.svg", "/nothing", "/metrics"]
)
def test_every_answer_tells_browsers_to_be_careful(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert "server" not in headers


def test_no_other_site_may_read_the_answers(client: httpx.Client) -> None:
    headers = client.get("/api/menu", headers={"Origin": "https://evil.example"}).headers
    assert not [name for name in headers if name.startswith("access-control-")]
    preflight = client.options(
        "/api/chat", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code in {403, 405}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_no_other_sites_page_may_order_in_a_visitors_name(client: httpx.Client, origin: str) -> None:
    answer = client.post("/api/chat", json={"message": "라떼"}, headers={"Origin": origin})
    assert (answer.status_code, reason(answer)) == (403, "foreign_origin")


def test_the_own_page_may(client: httpx.Client, shared_web: WebServer) -> None:
    assert client.post("/api/chat", json={"message": "라떼"}, headers={"Origin": shared_web.url}).status_code == 200


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    answer = client.post("/api/chat", json={"message": "라" * 40_000})
    assert (answer.status_code, reason(answer)) == (413, "body_too_large")


def test_a_body_that_does_not_say_how_large_it_is_is_refused_all_the_same(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 4096

    answer = client.post("/api/chat", content=endless())
    assert (answer.status_code, reason(answer)) == (413, "body_too_large")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"message": NaN}', b'{"a":' * 5000])
def test_a_body_that_is_no_request_is_refused(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/api/chat", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, reason(answer)) == (422, "invalid_request")


def test_too_many_requests_are_told_when_to_come_back(web: Callable[..., WebServer]) -> None:
    client = web(requests_per_minute=3).client()
    answers = [client.get("/api/menu") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert reason(answers[-1]) == "rate_limited"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 21
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/js/../../../settings.py",
        "/pictures/../app.svg",
        "/pictures/%2e%2e%2fapp.svg",
        "/static/js/",
        "/static//etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_static_files(client: httpx.Client, path: str) -> None:
    answer = client.send(
        httpx.Request("GET", httpx.URL(f"{client.base_url}".rstrip("/")).copy_with(raw_path=path.encode()))
    )
    assert answer.status_code in {404, 405, 422}
    assert "import" not in answer.text


@pytest.mark.parametrize("thread_id", ["..", "a/b", "a%00b", "%3Cscript%3E", "x" * 300])
def test_strange_ids_are_refused(client: httpx.Client, thread_id: str) -> None:
    assert client.get(f"/api/orders/{thread_id}").status_code in {404, 422}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/api/chat")
    assert (answer.status_code, reason(answer)) == (405, "method_not_allowed")
