"""`kiosk serve` as a process: it starts, tells where, and ends in good order."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]
import pytest
import yaml

from tests.api.kiosk_command import KioskCommand
from tests.loopback import Answer, LoopbackServer
from tests.web_server import Customer, events, lines_of

pytestmark = pytest.mark.api

UNSURE = "시원하고 달지 않은데 정신이 번쩍 드는 걸로 알아서 골라 담아줘"
SLOW_MOCHA = Answer(
    json.dumps(
        {
            "actions": [{"type": "add_item", "heard": "mocha", "item": "cafe_mocha", "quantity": 1, "options": []}],
            "questions": [],
            "notices": [],
            "clarification": None,
            "social": None,
            "reply": None,
            "confidence": 0.9,
        }
    ),
    delay_s=1.5,
)
Serve = Callable[..., tuple["subprocess.Popen[bytes]", str]]


@pytest.fixture
def serve(kiosk: KioskCommand) -> Iterator[Serve]:
    """Starts servers on free ports and returns the process and its address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **environment: str) -> tuple["subprocess.Popen[bytes]", str]:
        process = kiosk.start("serve", "--port", "0", *arguments, **environment)
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        url = line.partition("http://")[2].partition("/kiosk")[0]
        return process, f"http://{url}"

    yield start
    for process in started:
        for child in psutil.Process(process.pid).children() if process.poll() is None else []:
            child.kill()
        process.kill()
        process.communicate()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_on_the_loopback_until_it_is_told_to_stop(serve: Serve, ending: signal.Signals) -> None:
    process, url = serve()
    assert url.startswith("http://127.0.0.1:")
    with httpx.Client(base_url=url, timeout=20) as client:
        assert lines_of(Customer(client, "a").view("쿠키 하나")) == [("cookie", 1, {})]
    process.send_signal(ending)
    assert process.wait(20) in {0, 130, -ending}
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()


def test_a_turn_in_flight_is_finished_before_the_server_ends(serve: Serve, kiosk: KioskCommand, tmp_path: Path) -> None:
    with LoopbackServer(SLOW_MOCHA) as model:
        endpoint = {
            "id": "slow",
            "provider": "openai",
            "model": "test-model",
            "serving_type": "local",
            "privacy_level": "local",
            "base_url": f"{model.url}/v1",
            "timeout_s": 10,
            "max_context_length": 64000,
        }
        (tmp_path / "endpoints.yaml").write_text(yaml.safe_dump({"endpoints": [endpoint]}), encoding="utf-8")
        process, url = serve(KIOSK_ENDPOINTS_FILE=str(tmp_path / "endpoints.yaml"))
        with httpx.Client(base_url=url, timeout=20) as client:
            body = {"message": UNSURE, "thread_id": "a"}
            with client.stream("POST", "/api/chat", json=body) as answer:
                heard = events(answer.iter_lines())
                next(heard)
                process.send_signal(signal.SIGTERM)
                last = [*heard][-1]
        assert (last.name, [line[0] for line in lines_of(last.data)]) == ("done", ["cafe_mocha"])
        assert process.wait(20) in {0, -signal.SIGTERM}
    assert json.loads(kiosk("ask", "안녕", "--thread", "a", "--json").out)["order"]["lines"][0]["item"] == "cafe_mocha"


def workers_of(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    found = []
    for child in psutil.Process(process.pid).children():
        # One that has just been killed has no command line any more.
        with suppress(psutil.Error):
            if any("spawn_main" in part for part in child.cmdline()):
                found.append(child)
    return found


def ask(url: str, path: str = "/readyz") -> httpx.Response:
    """Ask on a connection of its own, which any of the workers may take."""
    return httpx.get(url + path, timeout=30)


def turns_counted(page: str) -> float:
    counted = [line for line in page.splitlines() if line.startswith("kiosk_turns_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in counted)


def test_several_workers_are_one_server_and_one_that_dies_is_replaced(serve: Serve) -> None:
    process, url = serve("--workers", "2")
    for _ in range(8):
        with httpx.Client(base_url=url, timeout=30) as client:
            last = Customer(client, "a").view("쿠키 하나")
    assert lines_of(last) == [("cookie", 8, {})]
    assert {turns_counted(ask(url, "/metrics").text) for _ in range(8)} == {8.0}
    workers = workers_of(process)
    assert len(workers) == 2
    workers[0].kill()
    until = time.monotonic() + 20
    while len(replaced := workers_of(process)) < 2 or workers[0] in replaced:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert ask(url).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert psutil.wait_procs([*workers, *replaced], timeout=1)[1] == []
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()


def test_workers_whose_supervisor_is_killed_do_not_go_on_alone(serve: Serve) -> None:
    process, url = serve("--workers", "2")
    assert ask(url).status_code == 200
    workers = workers_of(process)
    process.kill()
    assert psutil.wait_procs(workers, timeout=20)[1] == []


def test_several_workers_need_a_database_that_they_share(kiosk: KioskCommand) -> None:
    ended = kiosk("serve", "--port", "0", "--workers", "2", "--lang", "en", KIOSK_DATABASE_URL="sqlite:///:memory:")
    assert (ended.code, ended.out) == (2, "")
    assert "KIOSK_DATABASE_URL" in ended.err


def test_a_port_that_is_taken_is_told_in_one_line(kiosk: KioskCommand) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = kiosk("serve", "--port", port, "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert f"--port {port}" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_database_that_cannot_be_used_is_told_in_one_line(kiosk: KioskCommand) -> None:
    ended = kiosk("serve", "--port", "0", KIOSK_DATABASE_URL="sqlite:////nowhere/kiosk.db")
    assert (ended.code, ended.out) == (2, "")
    assert "KIOSK_DATABASE_URL" in ended.err


def test_other_commands_do_not_load_the_server() -> None:
    code = (
        "import sys, kiosk.cli.ask, kiosk.cli.chat\n"
        "print([name for name in ('fastapi', 'uvicorn', 'prometheus_client') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
