"""Free probes of models, against real HTTP servers on the loopback."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from kiosk.serving.health import Failure
from kiosk.serving.models import Endpoint
from kiosk.serving.probes import Probes, probe
from tests.http_server import Got, HttpServer, Said
from tests.unit.serving.support import endpoint, registry

pytestmark = pytest.mark.unit

TAGS = {"models": [{"name": "exaone3.5:7.8b"}, {"name": "qwen:latest"}]}
LIST = {"object": "list", "data": [{"id": "gpt-4o-mini"}]}


def at(url: str, provider: str = "ollama", model: str = "exaone3.5:7.8b", **changes: Any) -> Endpoint:
    return Endpoint.model_validate({**endpoint("it", provider, url), "model": model, **changes})


def ollama(got: Got) -> Said:
    return Said(TAGS) if got.path == "/api/tags" else Said("", 404)


@pytest.mark.parametrize("model", ["exaone3.5:7.8b", "qwen", "qwen:latest"])
def test_a_model_that_ollama_has(model: str) -> None:
    with HttpServer(ollama) as server:
        health = probe(at(server.url, model=model))
    assert (health.is_healthy, health.status) == (True, "ok")
    assert health.response_time_ms is not None
    assert [got.method for got in server.got] == ["GET"]


def test_a_model_that_ollama_has_not_comes_with_the_command_that_gets_it() -> None:
    with HttpServer(ollama) as server:
        health = probe(at(server.url, model="exaone3.5:7.8"))
    assert (health.status, health.cause, health.remedy) == ("down", "model_not_found", "ollama pull exaone3.5:7.8")
    assert health.error_message == "exaone3.5:7.8: no such model there"


def test_ollama_that_does_not_run_comes_with_the_command_that_starts_it() -> None:
    health = probe(at("http://127.0.0.1:1"))
    assert (health.cause, health.remedy) == ("connection", "ollama serve")


def test_a_server_that_hangs_is_given_up_in_time() -> None:
    with HttpServer(lambda got: Said(TAGS, delay_s=2)) as server:
        began = time.perf_counter()
        health = probe(at(server.url), timeout_s=0.2)
        assert time.perf_counter() - began < 1
    assert (health.cause, health.error_message) == ("timeout", "no answer within 0.2 s")


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "auth"), (403, "auth"), (429, "rate_limited"), (500, "server_error")]
)
def test_what_a_provider_answers_becomes_a_cause(status: int, cause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "wrong")
    with HttpServer(lambda got: Said("", status)) as server:
        health = probe(at(server.url, "openai", "gpt-4o-mini", api_key_env="SOME_KEY"))
    assert (health.status, health.cause) == ("down", cause)
    if cause == "auth":
        assert health.remedy == "set the environment variable SOME_KEY to a key that is valid"


def test_openai_is_asked_for_its_list_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "right")
    with HttpServer(lambda got: Said(LIST)) as server:
        found = probe(at(f"{server.url}/v1", "openai", "gpt-4o-mini", api_key_env="SOME_KEY"))
        lost = probe(at(f"{server.url}/v1", "openai", "gpt-5-nano", api_key_env="SOME_KEY"))
    assert found.is_healthy
    assert (lost.cause, lost.remedy) == ("model_not_found", "endpoints.it.model: name a model that the provider has")
    assert {(got.path, got.headers["authorization"]) for got in server.got} == {("/v1/models", "Bearer right")}


def test_a_server_of_ones_own_need_not_list_its_models() -> None:
    with HttpServer(lambda got: Said("", 404)) as server:
        assert probe(at(server.url, "openai", "anything")).is_healthy


@pytest.mark.parametrize(
    ("provider", "path", "header"),
    [
        ("anthropic", "/v1/models/some%2Fmodel", "x-api-key"),
        ("google_genai", "/v1beta/models/some%2Fmodel", "x-goog-api-key"),
    ],
)
def test_others_are_asked_for_the_one_model(
    provider: str, path: str, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "right")
    with HttpServer(lambda got: Said({"id": "some/model"})) as server:
        assert probe(at(server.url, provider, "some/model", api_key_env="SOME_KEY")).is_healthy
    assert (server.got[0].path, server.got[0].headers[header]) == (path, "right")
    with HttpServer(lambda got: Said("", 404)) as server:
        assert probe(at(server.url, provider, "some/model", api_key_env="SOME_KEY")).cause == "model_not_found"


def test_a_wrong_google_key_is_an_authentication_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "wrong")
    with HttpServer(lambda got: Said("", 400)) as server:
        assert probe(at(server.url, "google_genai", "gemini", api_key_env="SOME_KEY")).cause == "auth"


def test_a_key_is_not_shown_to_the_host_of_a_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "right")
    with HttpServer(lambda got: Said(LIST)) as elsewhere:
        with HttpServer(lambda got: Said("", 302, {"Location": elsewhere.url})) as server:
            assert not probe(at(server.url, "openai", "gpt-4o-mini", api_key_env="SOME_KEY")).is_healthy
        assert elsewhere.got == []


@pytest.mark.parametrize("body", [b"<html>", {"models": None}, {"models": ["x"]}, []])
def test_an_answer_of_no_use_is_a_problem_and_no_crash(body: Any) -> None:
    with HttpServer(lambda got: Said(body)) as server:
        assert probe(at(server.url)).cause == "bad_output"


def test_all_endpoints_are_probed_at_once_and_the_missing_rest(tmp_path: Path) -> None:
    together = threading.Barrier(4)

    def patient(got: Got) -> Said:
        together.wait(10)
        return Said(TAGS)

    with HttpServer(patient) as server:
        endpoints = registry(
            tmp_path,
            *(endpoint(f"there-{number}", "ollama", server.url, model="exaone3.5:7.8b") for number in range(3)),
            endpoint("missing", "ollama", server.url),
            endpoint("no-key", "openai", api_key_env="SOME_KEY"),
        )
        probes = Probes(endpoints)
        found = probes.run()
    states = {name: health.status for name, health in found.items()}
    there = {f"there-{number}": "ok" for number in range(3)}
    assert states == {"embedded": "ok", **there, "missing": "down", "no-key": "not_set_up"}
    assert found["no-key"].error_message == "no key: set the environment variable SOME_KEY"
    assert probes.latest is found
    assert endpoints.health.blocked(endpoints.endpoints["missing"]) == "misconfigured"
    assert endpoints.health.blocked(endpoints.endpoints["there-0"]) is None


def test_a_model_that_comes_back_is_asked_again(tmp_path: Path) -> None:
    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    tags: dict[str, Any] = {"models": []}
    with HttpServer(lambda got: Said(tags)) as server:
        endpoints = registry(tmp_path, endpoint("late", "ollama", server.url), clock=clock)
        late = endpoints.endpoints["late"]
        probes = Probes(endpoints, every_s=60)
        probes.run()
        assert endpoints.health.blocked(late) == "misconfigured"
        tags["models"].append({"name": f"{late.model}:latest"})
        clock.now = 61
        assert probes.run()["late"].is_healthy
    assert endpoints.health.blocked(late) is None


def test_a_probe_counts_nothing_against_a_model_and_ends_what_a_missing_model_began(tmp_path: Path) -> None:
    endpoints = registry(tmp_path, endpoint("gone", "ollama", "http://127.0.0.1:1"))
    gone, health = endpoints.endpoints["gone"], endpoints.health
    for _ in range(5):
        Probes(endpoints).run()
    assert health.blocked(gone) == "cooling_down"
    assert health.failures("gone") == 0
    assert health.experience.of(gone).success == 1.0
    health.fail(gone, Failure("model_not_found", "404"))
    health.probed(gone, None, 60)
    assert health.blocked(gone) is None


def test_probes_run_in_the_background_until_they_are_stopped(tmp_path: Path) -> None:
    with HttpServer(ollama) as server:
        probes = Probes(registry(tmp_path, endpoint("there", "ollama", server.url)), every_s=0.1)
        probes.start()
        deadline = time.monotonic() + 10
        while len(server.got) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        probes.stop()
        asked = len(server.got)
        time.sleep(0.3)
        assert (asked >= 3, len(server.got)) == (True, asked)
    assert probes.latest["there"].status == "down"
