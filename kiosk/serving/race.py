"""An attempt that does not wait for silence: after a while the next model is asked as well, and the first wins.

Without `routing.hedge_after_ms` this is one attempt. With it at most two endpoints are asked at once; the one that
loses is cancelled, and its prompt is billed all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from langchain_core.runnables import RunnableConfig

from kiosk.ordering import TurnProposal
from kiosk.serving.attempts import attempt, prompt_cost, sent_tokens
from kiosk.serving.health import Failure
from kiosk.serving.registry import Registry
from kiosk.serving.turn import TurnRequest
from state import Attempt, AttemptCause

_LONG_ENOUGH_S = 0.95
_Outcome = tuple[TurnProposal | None, Attempt]


@dataclass(frozen=True)
class Try:
    """Whom to ask what, and how much time is left for it."""

    endpoint_id: str
    request: TurnRequest
    timeout_s: float


@dataclass(frozen=True)
class Asked:
    """What came of it: the records of all attempts, of which the last counts, and its proposal if it made one."""

    proposal: TurnProposal | None
    attempts: tuple[Attempt, ...]


async def ask(
    registry: Registry,
    first: Try,
    runner_up: Callable[[], Try | None],
    is_fit: Callable[[TurnProposal], bool],
    config: RunnableConfig | None = None,
) -> Asked:
    """Ask an endpoint, and where it stays silent for too long the next one as well.

    Args:
        registry: The endpoints.
        first: Whom to ask first.
        runner_up: Called when the first is silent; returns who may be asked now, None where nobody may.
        is_fit: Tells whether a proposal can be used, so that a useless one does not win by being quick.
        config: The run's config.
    """
    race = _Race(registry, first, is_fit, config)
    try:
        return await race.run(runner_up)
    finally:
        await race.stop()


@dataclass(eq=False)
class _Runner:
    """A try that runs; its clock starts when its client is loaded, which is no silence of the endpoint's."""

    entry: Try
    task: asyncio.Task[_Outcome] = field(init=False)
    began: float | None = None

    @property
    def elapsed_s(self) -> float:
        return time.perf_counter() - self.began if self.began is not None else 0.0


@dataclass
class _Race:
    registry: Registry
    first: Try
    is_fit: Callable[[TurnProposal], bool]
    config: RunnableConfig | None
    runners: list[_Runner] = field(default_factory=list)
    failed: list[Attempt] = field(default_factory=list)

    async def run(self, runner_up: Callable[[], Try | None]) -> Asked:
        hedge_ms = self.registry.routing.hedge_after_ms
        leader = self._start(self.first)
        await self._wait(leader, None if hedge_ms is None else hedge_ms / 1000)
        if leader.task.done():
            proposal, record = leader.task.result()
            return Asked(proposal, (record,))
        second = runner_up()
        last = self._start(second) if second else leader
        patience_s = self._patience_s(last.entry)
        while self.runners and (done := await self._wait(last, patience_s)):
            for runner in [runner for runner in self.runners if runner.task in done]:
                self.runners.remove(runner)
                if (won := await self._judged(runner)) is not None:
                    return won
        return await self._without_answer()

    async def _wait(self, runner: _Runner, patience_s: float | None) -> set[asyncio.Task[_Outcome]]:
        """Wait until anybody is through, nobody where this runner is silent for longer than that."""
        running = [one.task for one in self.runners]
        if patience_s is None:
            return (await asyncio.wait(running))[0]
        while (left_s := patience_s - runner.elapsed_s) > 0:
            done, _ = await asyncio.wait(running, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            if done:
                return done
        return set()

    async def stop(self) -> None:
        """Cancel whoever still runs and wait until the connections are let go."""
        for runner in self.runners:
            runner.task.cancel()
        await asyncio.gather(*(runner.task for runner in self.runners), return_exceptions=True)
        self.runners.clear()

    def _start(self, entry: Try) -> _Runner:
        runner = _Runner(entry)
        runner.task = asyncio.create_task(self._try(runner))
        self.runners.append(runner)
        return runner

    async def _try(self, runner: _Runner) -> _Outcome:
        entry, began = runner.entry, time.perf_counter()
        await self._loaded(entry)
        runner.began = time.perf_counter()
        left_s = entry.timeout_s - (runner.began - began)
        return await attempt(self.registry, entry.endpoint_id, entry.request, left_s, self.config)

    async def _loaded(self, entry: Try) -> None:
        """Load the client ahead of the attempt; whatever goes wrong here, the attempt will say."""
        endpoint, hedge_ms = self.registry.endpoints[entry.endpoint_id], self.registry.routing.hedge_after_ms
        if hedge_ms is None or endpoint.id in self.registry.unavailable:
            return
        with suppress(Exception):
            async with asyncio.timeout(hedge_ms / 1000):
                await self.registry.reach(endpoint)
            async with asyncio.timeout(entry.timeout_s):
                await self.registry.load(endpoint)

    def _patience_s(self, entry: Try) -> float:
        """Return how long the last one to be asked may be silent: longer than usual, and about a second at most.

        Who needs longer than that by nature has its usual time and a bit.
        """
        routing, endpoint = self.registry.routing, self.registry.endpoints[entry.endpoint_id]
        usual_s = self.registry.health.experience.of(endpoint).answer_ms / 1000
        return max((routing.hedge_after_ms or 0) / 1000, min(2 * usual_s, max(_LONG_ENOUGH_S, 1.2 * usual_s)))

    async def _judged(self, runner: _Runner) -> Asked | None:
        """Return the end of the race where this runner has won it."""
        proposal, record = runner.task.result()
        if proposal is None:
            self.failed.append(record)
            return None
        if not self.is_fit(proposal):
            self.registry.health.settle(self.registry.endpoints[record["endpoint_id"]], accepted=False)
            self.failed.append({**record, "cause": "bad_output", "detail": "unfit"})
            return None
        lost = await self._cancelled(record["endpoint_id"])
        return Asked(proposal, (*self.failed, *lost, record))

    async def _without_answer(self) -> Asked:
        """End the race that nobody has won; the attempt at the endpoint that was asked last counts."""
        silent = await self._cancelled(None)
        return Asked(None, (*self.failed, *silent))

    async def _cancelled(self, winner: str | None) -> list[Attempt]:
        """Cancel those who still run, and return the records of what they cost."""
        runners = list(self.runners)
        await self.stop()
        return [self._lost(runner, winner) for runner in runners]

    def _lost(self, runner: _Runner, winner: str | None) -> Attempt:
        """Record a try that was cut short.

        The first to be asked has failed: it was silent for longer than the file allows, and another was not. Of one
        that was asked later and came second nothing is known.
        """
        entry, elapsed_ms = runner.entry, runner.elapsed_s * 1000
        endpoint = self.registry.endpoints[entry.endpoint_id]
        too_silent = winner is None or entry is self.first
        cause: AttemptCause = "timeout" if too_silent else "cancelled"
        detail = f"lost to {winner}" if winner else "silent"
        if too_silent:
            self.registry.health.took(endpoint, elapsed_ms, timed_out=True)
            self.registry.health.fail(endpoint, Failure(cause, detail))
        return Attempt(
            endpoint_id=endpoint.id,
            cause=cause,
            detail=detail,
            latency_ms=round(elapsed_ms),
            tokens=sent_tokens(endpoint, entry.request),
            cost=prompt_cost(endpoint, entry.request),
            input_tokens=sent_tokens(endpoint, entry.request),
            output_tokens=0,
        )
