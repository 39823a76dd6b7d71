"""Give every error of every client library one cause from the closed list.

LangChain's own error classes come first; what Ollama and OpenRouter raise instead is told by status code and class
name, so that no client library is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from kiosk.serving.health import Failure
from state import AttemptCause

_BY_CLASS: tuple[tuple[type[BaseException], AttemptCause], ...] = (
    (ContextOverflowError, "context_length"),
    (ModelAuthenticationError, "auth"),
    (ModelPermissionDeniedError, "auth"),
    (ModelNotFoundError, "model_not_found"),
    (ModelRateLimitError, "rate_limited"),
    (ModelTimeoutError, "timeout"),
    (ModelConnectionError, "connection"),
    (ModelAPIError, "server_error"),
    (TimeoutError, "timeout"),
    (ConnectionError, "connection"),
)
_BY_CLASS_NAME: Mapping[str, AttemptCause] = {
    "TimeoutException": "timeout",
    "APITimeoutError": "timeout",
    "TransportError": "connection",
    "APIConnectionError": "connection",
    "LengthFinishReasonError": "bad_output",
    "ContentFilterFinishReasonError": "content_filter",
}
_BY_STATUS: Mapping[int, AttemptCause] = {
    401: "auth",
    402: "auth",
    403: "auth",
    404: "model_not_found",
    408: "timeout",
    413: "context_length",
    429: "rate_limited",
}
_NO_CREDIT_REST_S = 600.0


def classify(error: Exception) -> Failure:
    """Return the cause of an error; `detail` never holds the provider's words, which may repeat the customer's."""
    status = _status(error)
    detail = type(error).__name__ if status is None else f"{type(error).__name__} {status}"
    code = _code(error)
    if code == "insufficient_quota":
        return Failure("rate_limited", f"{detail} {code}", _NO_CREDIT_REST_S, whole_account=True)
    return Failure(_cause(error, status, code), detail, _retry_after(error))


def _cause(error: Exception, status: int | None, code: str | None) -> AttemptCause:
    if code in ("content_filter", "content_policy_violation"):
        return "content_filter"
    if code == "context_length_exceeded":
        return "context_length"
    for kind, cause in _BY_CLASS:
        if isinstance(error, kind):
            return cause
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_CLASS_NAME:
            return _BY_CLASS_NAME[kind.__name__]
    if status is not None and status > 0:
        return _BY_STATUS.get(status, "server_error" if status >= 500 else "bad_output")
    return "bad_output" if isinstance(error, ValueError | TypeError | KeyError) else "server_error"


def _status(error: Exception) -> int | None:
    """Return the HTTP status, also of errors that came in the body of a 200."""
    status = getattr(error, "status_code", None)
    if status is None:
        status = _in_band(error).get("code")
    return status if isinstance(status, int) else None


def _code(error: Exception) -> str | None:
    code = getattr(error, "code", None) or _in_band(error).get("code")
    return code if isinstance(code, str) else None


def _in_band(error: Exception) -> Mapping[str, Any]:
    return error.args[0] if error.args and isinstance(error.args[0], dict) else {}


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = None if headers is None else headers.get("retry-after")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
