"""Ask models whether they are there, for nothing and without a word of a customer: lists of models, Ollama's tags."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Literal
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from kiosk.serving.models import Endpoint, Provider, ServiceHealth
from kiosk.serving.registry import Registry
from state import AttemptCause

_LOG = logging.getLogger(__name__)

TIMEOUT_S = 2.0
_MAX_BYTES = 8_000_000
_WORKERS = 8
_REST_FACTOR = 1.5
"""A model that is not there rests until the next probe has had time to find it again."""

Status = Literal["ok", "down", "not_set_up"]


class EndpointHealth(ServiceHealth):
    """What a probe found, and what to do about it."""

    endpoint_id: str
    status: Status
    cause: AttemptCause | None = None
    remedy: str | None = None


class _Unreachable(Exception):
    """Nobody answered, or nothing of use."""

    def __init__(self, cause: AttemptCause, problem: str) -> None:
        super().__init__(problem)
        self.cause = cause


@dataclass(frozen=True)
class _Check:
    """How to ask a provider: a path under the base address, the headers, and how to tell whether the model is there."""

    base_url: str
    path: Callable[[Endpoint], str]
    headers: Callable[[str], Mapping[str, str]]
    has_model: Callable[[Endpoint, Any], bool] | None
    key_path: str | None = None


def _bearer(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _in_list(endpoint: Endpoint, answer: Any) -> bool:
    return any(entry.get("id") == endpoint.model for entry in answer["data"])


def _in_tags(endpoint: Endpoint, answer: Any) -> bool:
    model = endpoint.model if ":" in endpoint.model else f"{endpoint.model}:latest"
    return any(entry.get("name") == model for entry in answer["models"])


_CHECKS: Mapping[Provider, _Check] = {
    "ollama": _Check("http://127.0.0.1:11434", lambda _: "/api/tags", _bearer, _in_tags),
    "openai": _Check("https://api.openai.com/v1", lambda _: "/models", _bearer, _in_list),
    # OpenRouter lists its models to everybody, so the key is asked about separately.
    "openrouter": _Check("https://openrouter.ai/api/v1", lambda _: "/models", _bearer, _in_list, key_path="/key"),
    "google_genai": _Check(
        "https://generativelanguage.googleapis.com",
        lambda endpoint: f"/v1beta/models/{quote(endpoint.model, safe='')}",
        lambda key: {"x-goog-api-key": key},
        None,
    ),
    "anthropic": _Check(
        "https://api.anthropic.com",
        lambda endpoint: f"/v1/models/{quote(endpoint.model, safe='')}",
        lambda key: {"x-api-key": key, "anthropic-version": "2023-06-01"},
        None,
    ),
}


def probe(endpoint: Endpoint, timeout_s: float = TIMEOUT_S) -> EndpointHealth:
    """Find out whether an endpoint's server, key and model are there."""
    if endpoint.provider == "embedded":
        return _found(endpoint, 0.0)
    check = _CHECKS[endpoint.provider]
    base = (endpoint.base_url or check.base_url).rstrip("/")
    headers = check.headers(os.environ.get(endpoint.api_key_env or "", ""))
    began = time.perf_counter()
    try:
        answer = _get(base + check.path(endpoint), headers, endpoint, timeout_s)
        if check.key_path and endpoint.base_url in (None, check.base_url):
            _get(base + check.key_path, headers, endpoint, timeout_s)
        if check.has_model is not None and not _has(check.has_model, endpoint, answer):
            raise _Unreachable("model_not_found", f"{endpoint.model}: no such model there")
    except _Unreachable as error:
        # A server of one's own need not list its models; it has answered.
        lists_nothing = check.has_model is _in_list and endpoint.base_url and str(error) == "HTTP 404"
        if not lists_nothing:
            return _missing(endpoint, error)
    return _found(endpoint, time.perf_counter() - began)


def _has(has_model: Callable[[Endpoint, Any], bool], endpoint: Endpoint, answer: Any) -> bool:
    try:
        return has_model(endpoint, answer)
    except (KeyError, TypeError, AttributeError):
        raise _Unreachable("bad_output", "not a list of models") from None


class _NoRedirects(HTTPRedirectHandler):
    """A key is not shown to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _get(url: str, headers: Mapping[str, str], endpoint: Endpoint, timeout_s: float) -> Any:
    # What is on the machine is not behind its proxy.
    handlers = [_NoRedirects] if endpoint.is_cloud else [_NoRedirects, ProxyHandler({})]
    request = Request(url, headers={"User-Agent": "kiosk-agent", **headers})
    try:
        with build_opener(*handlers).open(request, timeout=timeout_s) as answer:
            return json.loads(answer.read(_MAX_BYTES))
    except HTTPError as error:
        error.close()
        raise _Unreachable(_cause(error.code, endpoint), f"HTTP {error.code}") from None
    except TimeoutError:
        raise _Unreachable("timeout", f"no answer within {timeout_s:g} s") from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise _Unreachable("timeout", f"no answer within {timeout_s:g} s") from None
        raise _Unreachable("connection", type(reason).__name__) from None
    except ValueError:
        raise _Unreachable("bad_output", "not JSON") from None


def _cause(status: int, endpoint: Endpoint) -> AttemptCause:
    # Google calls a wrong key a bad request.
    if status in (401, 402, 403) or (status == 400 and endpoint.provider == "google_genai"):
        return "auth"
    if status == 404:
        return "model_not_found"
    return "rate_limited" if status == 429 else "server_error"


def _found(endpoint: Endpoint, seconds: float) -> EndpointHealth:
    return EndpointHealth(
        serving_type=endpoint.serving_type,
        is_healthy=True,
        response_time_ms=round(seconds * 1000),
        endpoint_id=endpoint.id,
        status="ok",
    )


def _missing(endpoint: Endpoint, error: _Unreachable) -> EndpointHealth:
    return EndpointHealth(
        serving_type=endpoint.serving_type,
        is_healthy=False,
        error_message=str(error),
        endpoint_id=endpoint.id,
        status="down",
        cause=error.cause,
        remedy=_remedy(endpoint, error.cause),
    )


def _remedy(endpoint: Endpoint, cause: AttemptCause) -> str | None:
    if endpoint.provider == "ollama":
        remedies: dict[str, str] = {"model_not_found": f"ollama pull {endpoint.model}", "connection": "ollama serve"}
        return remedies.get(cause)
    if cause == "auth":
        return f"set the environment variable {endpoint.api_key_env} to a key that is valid"
    if cause == "model_not_found":
        return f"endpoints.{endpoint.id}.model: name a model that the provider has"
    return f"endpoints.{endpoint.id}.base_url: start the server there, or correct it" if endpoint.base_url else None


class Probes:
    """Probes the endpoints of a registry and keeps what it finds; models that are not there rest until next time."""

    def __init__(self, registry: Registry, every_s: float = 60.0, timeout_s: float = TIMEOUT_S) -> None:
        """Probe nothing yet."""
        self._registry = registry
        self._every_s = every_s
        self._timeout_s = timeout_s
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._latest: dict[str, EndpointHealth] = {}

    @property
    def latest(self) -> Mapping[str, EndpointHealth]:
        """What the last probes found, by endpoint id; empty before the first."""
        return self._latest

    def run(self) -> Mapping[str, EndpointHealth]:
        """Probe all endpoints at once and return what was found; takes no longer than the slowest."""
        endpoints = list(self._registry.endpoints.values())
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="kiosk-probe") as pool:
            found = list(pool.map(self._probe, endpoints))
        self._latest = {health.endpoint_id: health for health in found}
        for endpoint, health in zip(endpoints, found, strict=True):
            if health.status != "not_set_up":
                self._registry.health.probed(endpoint, health.cause, self._every_s * _REST_FACTOR)
        return self._latest

    def start(self) -> None:
        """Probe from now on in the background, first at once."""
        if self._thread is None and self._every_s > 0:
            self._thread = threading.Thread(target=self._loop, name="kiosk-probes", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Probe no more."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(2 * self._timeout_s)

    def _probe(self, endpoint: Endpoint) -> EndpointHealth:
        reason = self._registry.unavailable.get(endpoint.id)
        if reason is None:
            return probe(endpoint, self._timeout_s)
        return EndpointHealth(
            serving_type=endpoint.serving_type,
            is_healthy=False,
            error_message=reason,
            endpoint_id=endpoint.id,
            status="not_set_up",
        )

    def _loop(self) -> None:
        while not self._stopped.is_set():
            try:
                self.run()
            except Exception as error:
                _LOG.error("probes failed: %s", type(error).__name__)
            self._stopped.wait(self._every_s)
