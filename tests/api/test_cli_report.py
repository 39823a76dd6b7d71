"""`kiosk report` and `kiosk health` as an operator uses them."""

import re
import signal
from pathlib import Path

import httpx
import pytest
import yaml

from tests.api.kiosk_command import KioskCommand
from tests.http_server import HttpServer, Said

pytestmark = pytest.mark.api


def test_what_was_ordered_in_one_process_is_reported_in_the_next(kiosk: KioskCommand) -> None:
    kiosk("chat", stdin="라떼 3잔\n아메리카노 하나\n")
    assert kiosk("ask", "안녕하세요").code == 0
    ended = kiosk("report", "--json", "--lang", "en")
    assert (ended.code, ended.err) == (0, "")
    report = ended.json
    assert report["turns"] == 3
    assert report["local"]["requests"] == 3
    assert report["local"]["success_rate"] == 1.0
    assert report["total_cost"] == 0
    assert report["cost_savings"] > 0
    assert [entry["endpoint"] for entry in report["endpoints"]] == ["embedded"]


def test_a_server_that_is_told_to_stop_writes_what_waits(kiosk: KioskCommand) -> None:
    process = kiosk.start("serve", "--port", "0")
    try:
        assert process.stdout is not None
        address = process.stdout.readline().decode().partition("http://")[2].partition("/kiosk")[0]
        with httpx.Client(base_url=f"http://{address}", timeout=20) as client:
            for _ in range(3):
                client.post("/api/chat", json={"message": "쿠키 하나", "thread_id": "a"}).raise_for_status()
            process.send_signal(signal.SIGTERM)
        process.wait(20)
    finally:
        process.kill()
        process.communicate()
    assert kiosk("report", "--json").json["turns"] == 3


def test_a_report_of_nothing_says_so(kiosk: KioskCommand) -> None:
    ended = kiosk("report")
    assert ended.code == 0
    assert "서빙 성능 리포트 (전체 기간)" in ended.out
    assert "아직 기록이 없습니다." in ended.out
    assert "Nothing recorded yet." in kiosk("report", "--lang", "en", "--days", "7").out


def test_the_page_is_written_where_it_is_wanted(kiosk: KioskCommand) -> None:
    kiosk("ask", "라떼 3잔")
    ended = kiosk("report", "--html", "report.html", "--lang", "en")
    assert "Written to report.html." in ended.out
    page = (kiosk.folder / "report.html").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html><html lang="en">')
    assert page.count("<svg") == 3
    assert re.findall(r"(?:src|href|url\(|@import|<script)", page) == []


def test_a_page_that_cannot_be_written_is_one_clear_line(kiosk: KioskCommand) -> None:
    ended = kiosk("report", "--html", "no/such/folder/report.html", "--lang", "en")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error: no/such/folder/report.html: No such file or directory\n"


def test_a_report_of_a_damaged_database_is_one_clear_line(kiosk: KioskCommand, tmp_path: Path) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(b"no database at all, but long enough to look at" * 50)
    ended = kiosk("report", "--lang", "en", KIOSK_DATABASE_URL=f"sqlite:///{path}")
    assert ended.code == 2
    assert "file is not a database; " in ended.err


def endpoints(folder: Path, url: str) -> str:
    """Write an endpoints file with one local model at `url` and one cloud model without its key."""
    local = {"provider": "ollama", "serving_type": "local", "privacy_level": "local", "base_url": url}
    cloud = {"provider": "openai", "serving_type": "cloud", "privacy_level": "cloud", "api_key_env": "NO_SUCH_KEY"}
    listed = [{**local, "id": "local", "model": "exaone3.5:7.8b"}, {**cloud, "id": "cloud", "model": "gpt-4o-mini"}]
    file = folder / "endpoints.yaml"
    file.write_text(yaml.safe_dump({"endpoints": listed}), encoding="utf-8")
    return str(file)


def test_health_names_the_exact_command_for_a_model_that_is_missing(kiosk: KioskCommand, tmp_path: Path) -> None:
    with HttpServer(lambda got: Said({"models": [{"name": "qwen:latest"}]})) as server:
        file = endpoints(tmp_path, server.url)
        ended = kiosk("health", "--lang", "en", KIOSK_ENDPOINTS_FILE=file)
        strict = kiosk("health", "--strict", "--json", KIOSK_ENDPOINTS_FILE=file)
    assert ended.code == 0
    assert "local     down: exaone3.5:7.8b: no such model there -> ollama pull exaone3.5:7.8b" in ended.out
    assert "cloud     not set up: no key: set the environment variable NO_SUCH_KEY" in ended.out
    assert (strict.code, strict.json["status"]) == (1, "failing")
    states = {entry["endpoint_id"]: entry["status"] for entry in strict.json["endpoints"]}
    assert states == {"embedded": "ok", "local": "down", "cloud": "not_set_up"}


def test_health_is_strict_only_about_models_that_are_set_up(kiosk: KioskCommand, tmp_path: Path) -> None:
    with HttpServer(lambda got: Said({"models": [{"name": "exaone3.5:7.8b"}]})) as server:
        ended = kiosk("health", "--strict", KIOSK_ENDPOINTS_FILE=endpoints(tmp_path, server.url))
    assert ended.code == 0, ended.out


def test_health_fails_where_orders_cannot_be_stored(kiosk: KioskCommand) -> None:
    ended = kiosk("health", "--json", KIOSK_DATABASE_URL="sqlite:///no/such/folder/kiosk.db")
    assert (ended.code, ended.json["status"]) == (1, "failing")
    assert "set KIOSK_DATABASE_URL" in ended.json["database"]
