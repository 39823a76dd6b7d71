"""LangChain callback handlers: what a model's runs look like from outside.

Each is safe to share among runs, threads and event loops: what belongs to a run is kept by its id. They can be passed
to any runnable, `runnable.invoke(..., config={"callbacks": [PerformanceMonitor()]})`; the kiosk passes its own to the
runs of its language models. None of them keeps or logs what was asked or answered.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from kiosk.serving.alerts import Alert, Alerts
from kiosk.serving.errors import classify
from kiosk.serving.ledger import today
from kiosk.serving.models import Price

SLOW_LOG = logging.getLogger("kiosk.serving.slow")
_UNKNOWN = "unknown"
_RUNS = 10_000
_GIVEN_UP_S = 150.0
"""Longer than any timeout that an endpoints file allows."""

_LATENCIES = 1_000


@dataclass(frozen=True)
class Call:
    """One run of a model, from its beginning."""

    endpoint: str
    prompt_chars: int
    began: float


@dataclass(frozen=True)
class Ended:
    """A run that gave an answer."""

    call: Call
    seconds: float
    input_tokens: int
    output_tokens: int
    response_chars: int


class RunHandler(BaseCallbackHandler):
    """Follows runs by their ids and tells a subclass what became of them."""

    # Quick enough for the event loop; a change of threads would take longer than the work.
    run_inline = True

    def __init__(self) -> None:
        """Start without runs."""
        self._lock = threading.Lock()
        self._calls: OrderedDict[UUID, Call] = OrderedDict()

    def started(self, call: Call) -> None:
        """A run began."""

    def ended(self, ended: Ended) -> None:
        """A run gave an answer."""

    def failed(self, call: Call, error: BaseException) -> None:
        """A run broke off."""

    def abandoned(self, call: Call) -> None:
        """A run has not ended for so long that its caller must have given it up, of which LangChain says nothing."""

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Note that a chat model begins."""
        self._begin(run_id, metadata, sum(len(message.text) for batch in messages for message in batch))

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Note that a model of plain text begins."""
        self._begin(run_id, metadata, sum(map(len, prompts)))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Note an answer."""
        call = self._take(run_id)
        seconds = time.perf_counter() - call.began
        self.ended(Ended(call, seconds, *_tokens(response), len(_text(response))))

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Note a failure."""
        self.failed(self._take(run_id), error)

    def _begin(self, run_id: UUID, metadata: Mapping[str, Any] | None, prompt_chars: int) -> None:
        facts = metadata or {}
        endpoint = str(facts.get("endpoint_id") or facts.get("ls_model_name") or _UNKNOWN)
        call = Call(endpoint, prompt_chars, time.perf_counter())
        with self._lock:
            self._calls[run_id] = call
        self._expire()
        self.started(call)

    def _expire(self) -> None:
        """Let go of runs that were given up; the oldest are first."""
        too_old, gone = time.perf_counter() - _GIVEN_UP_S, []
        with self._lock:
            while self._calls and (next(iter(self._calls.values())).began < too_old or len(self._calls) > _RUNS):
                gone.append(self._calls.popitem(last=False)[1])
        for call in gone:
            self.abandoned(call)

    def _take(self, run_id: UUID) -> Call:
        with self._lock:
            return self._calls.pop(run_id, None) or Call(_UNKNOWN, 0, time.perf_counter())


def _text(response: LLMResult) -> str:
    return "".join(generation.text for batch in response.generations for generation in batch[:1])


def _tokens(response: LLMResult) -> tuple[int, int]:
    """Return what was read and written: from the message where it says so, else from the provider's own words."""
    first = response.generations[0][0] if response.generations and response.generations[0] else None
    message = first.message if isinstance(first, ChatGeneration) else None
    if isinstance(message, AIMessage) and message.usage_metadata:
        return message.usage_metadata["input_tokens"], message.usage_metadata["output_tokens"]
    usage = (response.llm_output or {}).get("token_usage") or {}
    return int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)


@dataclass
class _Tally:
    calls: int = 0
    failures: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    response_chars: int = 0
    last_tokens: int = 0
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_LATENCIES))


@dataclass(frozen=True)
class Performance:
    """What one endpoint did since the process began; the times are of its last thousand answers."""

    calls: int
    failures: int
    running: int
    input_tokens: int
    output_tokens: int
    last_tokens: int
    mean_response_chars: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


class PerformanceMonitor(RunHandler):
    """Counts calls, failures and tokens, and times answers, per endpoint."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        super().__init__()
        self._tallies: dict[str, _Tally] = {}

    def started(self, call: Call) -> None:
        """Count a call."""
        with self._lock:
            self._tallies.setdefault(call.endpoint, _Tally()).calls += 1

    def ended(self, ended: Ended) -> None:
        """Count what it used."""
        with self._lock:
            tally = self._tallies.setdefault(ended.call.endpoint, _Tally())
            tally.seconds.append(ended.seconds)
            tally.input_tokens += ended.input_tokens
            tally.output_tokens += ended.output_tokens
            tally.last_tokens = ended.input_tokens + ended.output_tokens
            tally.response_chars += ended.response_chars

    def failed(self, call: Call, error: BaseException) -> None:
        """Count a failure."""
        with self._lock:
            self._tallies.setdefault(call.endpoint, _Tally()).failures += 1

    def abandoned(self, call: Call) -> None:
        """Count it as a failure."""
        self.failed(call, TimeoutError())

    def statistics(self) -> dict[str, Performance]:
        """Return what was counted so far, per endpoint."""
        self._expire()
        with self._lock:
            running = [call.endpoint for call in self._calls.values()]
            return {name: _performance(tally, running.count(name)) for name, tally in self._tallies.items()}


def _performance(tally: _Tally, running: int) -> Performance:
    times = sorted(tally.seconds)
    return Performance(
        calls=tally.calls,
        failures=tally.failures,
        running=running,
        input_tokens=tally.input_tokens,
        output_tokens=tally.output_tokens,
        last_tokens=tally.last_tokens,
        mean_response_chars=tally.response_chars / len(times) if times else 0.0,
        p50_ms=_percentile_ms(times, 0.5),
        p95_ms=_percentile_ms(times, 0.95),
        p99_ms=_percentile_ms(times, 0.99),
    )


def _percentile_ms(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))] * 1000 if times else 0.0


@dataclass(frozen=True)
class Thresholds:
    """Above what an alert is raised; None never."""

    cost_usd: float | None = 1.0
    response_s: float | None = 10.0
    prompt_chars: int | None = 60_000


PriceOf = Callable[[str], Price | None]


class AlertHandler(RunHandler):
    """Raises alerts on cost per day, response time, long prompts and errors."""

    def __init__(self, alerts: Alerts, thresholds: Thresholds | None = None, price_of: PriceOf | None = None) -> None:
        """Watch from now on.

        Args:
            alerts: Where alerts go.
            thresholds: Above what they are raised.
            price_of: The price of an endpoint by its id; without one there are no costs.
        """
        super().__init__()
        self._alerts = alerts
        self._thresholds = thresholds or Thresholds()
        self._price_of = price_of
        self._costs = CostWatch(alerts, self._thresholds.cost_usd)
        self._day, self._cost = today(), 0.0

    @property
    def cost_usd(self) -> float:
        """What the runs of today cost so far."""
        return self._cost if self._day == today() else 0.0

    def reset_cost(self) -> None:
        """Count costs from nothing again."""
        with self._lock:
            self._cost = 0.0

    def started(self, call: Call) -> None:
        """Look at the length of the prompt."""
        bound = self._thresholds.prompt_chars
        if bound is not None and call.prompt_chars > bound:
            text = f"{call.endpoint}: a prompt of {call.prompt_chars} characters (more than {bound})"
            self._alerts.notify(Alert("long_prompt", text, call.endpoint, call.prompt_chars, bound))

    def ended(self, ended: Ended) -> None:
        """Look at time and cost."""
        endpoint, bound = ended.call.endpoint, self._thresholds.response_s
        if bound is not None and ended.seconds > bound:
            text = f"{endpoint}: answered after {ended.seconds:.1f} s (more than {bound:g} s)"
            self._alerts.notify(Alert("slow", text, endpoint, ended.seconds, bound))
        price = self._price_of(endpoint) if self._price_of else None
        if price is not None:
            self._spend(price.cost(ended.input_tokens, ended.output_tokens))

    def failed(self, call: Call, error: BaseException) -> None:
        """Tell the cause of an error, never its text, which may repeat the customer's words."""
        cause = classify(error).cause if isinstance(error, Exception) else "timeout"
        self._alerts.notify(Alert("error", f"{call.endpoint}: failed of {cause}", call.endpoint))

    def _spend(self, cost: float) -> None:
        with self._lock:
            self._cost, self._day = self.cost_usd + cost, today()
            spent = self._cost
        self._costs.check(spent)


class CostWatch:
    """Raises an alert when a day has cost more than it should, and again each time it has cost as much more."""

    def __init__(self, alerts: Alerts, bound_usd: float | None) -> None:
        """Watch from now on; without a bound there is nothing to watch."""
        self._alerts = alerts
        self._bound = bound_usd
        self._lock = threading.Lock()
        self._told: tuple[date, int] = today(), 0

    def check(self, spent_usd: float) -> None:
        """Look at what the day has cost so far."""
        if not self._bound or spent_usd <= self._bound:
            return
        times = int(spent_usd / self._bound)
        with self._lock:
            day, told = self._told
            if day == today() and times <= told:
                return
            self._told = today(), times
        text = f"models cost ${spent_usd:.4f} today (more than ${self._bound:g})"
        self._alerts.notify(Alert("cost", text, None, spent_usd, self._bound))


class SlowResponseLog(RunHandler):
    """Logs answers that took long to `kiosk.serving.slow`, one JSON object a line."""

    def __init__(self, slower_than_s: float) -> None:
        """Watch from now on."""
        super().__init__()
        self._bound_s = slower_than_s

    def ended(self, ended: Ended) -> None:
        """Log an answer that took too long."""
        self._log(ended.call, ended.seconds, ended.input_tokens + ended.output_tokens)

    def failed(self, call: Call, error: BaseException) -> None:
        """Log a failure that took too long."""
        self._log(call, time.perf_counter() - call.began, 0)

    def _log(self, call: Call, seconds: float, tokens: int) -> None:
        if seconds < self._bound_s:
            return
        entry = {
            "at": datetime.now(UTC).isoformat(),
            "endpoint": call.endpoint,
            "seconds": round(seconds, 3),
            "prompt_chars": call.prompt_chars,
            "tokens": tokens,
        }
        SLOW_LOG.warning("%s", json.dumps(entry))


class BlockedWordError(ValueError):
    """A model used a word that the shop does not want; the error names its place in the list, not the answer."""

    code = "content_filter"
    """Makes the attempt fail of this cause, so that the next endpoint is asked."""


class KeywordFilter(RunHandler):
    """Lets no answer through that holds one of some words; whoever asked sees a failed run."""

    raise_error = True

    def __init__(self, words: Sequence[str]) -> None:
        """Take the words; case and Unicode form do not matter."""
        super().__init__()
        self._words = tuple(filter(None, (_plain(word) for word in words)))
        self.blocked = 0

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Look at an answer, also where it is a tool call.

        Raises:
            BlockedWordError: It holds one of the words.
        """
        self._take(run_id)
        text = _plain(_unescaped(_text(response)) + _arguments(response))
        found = next((place for place, word in enumerate(self._words) if word in text), None)
        if found is not None:
            with self._lock:
                self.blocked += 1
            raise BlockedWordError(f"blocked_words[{found}]: in the answer")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def _unescaped(text: str) -> str:
    """Return JSON with its letters as they are; a model may write any of them as a number."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def _arguments(response: LLMResult) -> str:
    messages = (it.message for batch in response.generations for it in batch if isinstance(it, ChatGeneration))
    calls = (call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls)
    return json.dumps([call["args"] for call in calls], ensure_ascii=False)
