"""The compiled graph with the kiosk's defaults, and how to get one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.base import BaseStore
from langgraph.types import Command, StateSnapshot

from graph.border import admit, admit_async
from graph.builder import build_graph
from graph.persistence import close_checkpoints, open_checkpoints, open_desk, open_ledger
from graph.step import Step
from graph.turns import Turns, turns_of
from kiosk.desk import Desk
from kiosk.privacy import contact_values
from kiosk.serving.exchange import Exchange
from kiosk.serving.experience import Record
from kiosk.serving.ledger import Ledger
from kiosk.serving.registry import Registry
from kiosk.settings import Settings
from kiosk.till.courier import Courier
from nodes.checkout import payment_of
from nodes.resources import Kiosk
from state import Context
from state.conversation import ConversationState, InputState, OutputState

RECURSION_LIMIT = 25


class KioskGraph(CompiledStateGraph[ConversationState, Context, InputState, OutputState]):
    """A compiled graph that runs one turn at a time per conversation and saves a turn once, at its end.

    A caller's own `durability` and `recursion_limit` win. What a terminal decides is saved once too: the book of
    orders knows what was carried out, and half a turn could not be resumed.
    """

    @property
    def kiosk(self) -> Kiosk:
        """What the nodes work with: settings, rules, engine and endpoints."""
        return cast(Step, self.builder.nodes["analyze"].runnable).kiosk

    def turn(self, thread_id: str) -> AbstractAsyncContextManager[None]:
        """Hold a conversation for longer than one call, against turns in all processes on the same database.

        Calls inside do not wait for themselves, so what was read of the state is what the next turn is taken on:
        `async with kiosk.turn("k1"): ...`. Without a checkpointer nothing is stored, and nothing is held.

        Raises:
            ThreadBusyError: On entering, where another turn of the conversation does not end.
            StorageError: On entering, where the database cannot be used.
        """
        return self._turns().hold(thread_id) if self._is_stored() else nullcontext()

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """Run a turn; `invoke` comes through here as well."""
        thread_id = self._thread_id(config)
        if thread_id is None:
            yield from super().stream(admit(self.kiosk, "", input, config), config, **kwargs)
            return
        with self._turns().turn(thread_id):
            input = admit(self.kiosk, thread_id, input, config)
            if _is_decision(input):
                input = _late(input, self.get_state(config or {}))
            yield from super().stream(input, config, **_with_durability(kwargs))

    async def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Any]:
        """Run a turn; `ainvoke` comes through here as well."""
        thread_id = self._thread_id(config)
        if thread_id is None:
            input = await admit_async(self.kiosk, "", input, config)
            async for chunk in super().astream(input, config, **kwargs):
                yield chunk
            return
        async with self._turns().aturn(thread_id):
            input = await admit_async(self.kiosk, thread_id, input, config)
            if _is_decision(input):
                input = _late(input, await self.aget_state(config or {}))
            async for chunk in super().astream(input, config, **_with_durability(kwargs)):
                yield chunk

    def unmask_for_screen(self, thread_id: str, text: str) -> str:
        """Put personal data back into a text that only the customer of this conversation sees."""
        return self.kiosk.vault.unmask(thread_id, text)

    def for_the_till(self, thread_id: str) -> dict[str, str]:
        """Return what the customer has told for the till: `cup_name`, `loyalty_phone`, `member_id`, `receipt_email`.

        Numbers that were said come as digits. What the vault has erased meanwhile is left out.
        """
        values = self.get_state({"configurable": {"thread_id": thread_id}}).values
        return contact_values(self.kiosk.vault, thread_id, values.get("contacts", {}))

    def _thread_id(self, config: RunnableConfig | None) -> str | None:
        """Return whose turn this is, None where nothing is stored.

        Raises:
            ValueError: The turn would be stored, but nobody said in which conversation.
        """
        if not self._is_stored():
            return None
        thread_id = _configured(config) or _configured(self.config)
        if not thread_id:
            raise ValueError(
                "configurable.thread_id: missing; name the conversation, for example "
                '{"configurable": {"thread_id": "kiosk-1"}}'
            )
        return thread_id

    def _is_stored(self) -> bool:
        return isinstance(self.checkpointer, BaseCheckpointSaver)

    def _turns(self) -> Turns:
        return turns_of(self.checkpointer)


def _configured(config: RunnableConfig | None) -> str:
    thread_id = (config or {}).get("configurable", {}).get("thread_id")
    return "" if thread_id is None else str(thread_id)


def _is_decision(input: Any) -> bool:
    return isinstance(input, Command) and input.resume is not None


def _late(input: Any, snapshot: StateSnapshot) -> Any:
    """Lead a decision of the terminal for which nothing waits any more to where it is refused in words.

    LangGraph would drop it in silence, and the terminal would not learn that the payment does not count.

    Raises:
        ValueError: There is no such conversation.
    """
    if "order" not in snapshot.values:
        raise ValueError("configurable.thread_id: no conversation with this id waits for a decision; check the id")
    # Where a process died between the two steps of saving a request, checkout is next without an interrupt.
    if snapshot.interrupts or "checkout" in snapshot.next:
        return input
    return Command(goto="place_order", update={"payment": payment_of(input.resume, snapshot.values["order"])})


def _with_durability(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**kwargs, "durability": kwargs.get("durability") or "exit"}


def create_graph(
    settings: Settings | None = None,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    store: BaseStore | None = None,
    *,
    ledger: Ledger | None = None,
    desk: Desk | None = None,
) -> KioskGraph:
    """Build a kiosk that takes orders, for synchronous and asynchronous callers.

    Args:
        settings: What an operator sets; None reads the environment.
        checkpointer: Where conversations are kept; None keeps them in memory.
        store: LangGraph's store for what outlives a conversation; the kiosk itself needs none.
        ledger: Where attempts at models are recorded; None keeps only what budgets need, in memory.
        desk: Where sessions and calls for staff are noted; None keeps them in memory.

    Raises:
        MenuError: The menu file cannot be used.
        EndpointsError: The endpoints file cannot be used.
    """
    saver = InMemorySaver() if checkpointer is None else checkpointer
    # What dies with the process needs a vault and a book of orders that die with it.
    kiosk = Kiosk.assemble(settings, ledger, desk, in_memory=isinstance(saver, InMemorySaver))
    return compile_graph(kiosk, saver, store)


def compile_graph(
    kiosk: Kiosk, saver: BaseCheckpointSaver[Any] | None = None, store: BaseStore | None = None
) -> KioskGraph:
    """Compile the machine around what its nodes work with; without a saver somebody else brings one."""
    compiled = build_graph(kiosk).compile(checkpointer=saver, store=store, name="kiosk")
    return KioskGraph(**vars(compiled)).with_config({"recursion_limit": RECURSION_LIMIT})


def _remember(registry: Registry, ledger: Ledger) -> None:
    """Tell a new process what earlier ones spent today and have seen of the models, where that decides anything."""
    if registry.routing.daily_budget_usd is not None:
        ledger.catch_up()
    if registry.routing.strategy == "adaptive":
        for past in ledger.past():
            if past.endpoint in registry.endpoints:
                record = Record(past.latency_ms, past.answer_ms, past.success, past.requests)
                registry.health.experience.recall(registry.endpoints[past.endpoint], record)


def _courier(kiosk: Kiosk) -> Courier:
    """Return what delivers the till's messages, and let the till wake it."""
    contacts = partial(contact_values, kiosk.vault)
    courier = Courier(kiosk.settings, lambda: kiosk.till.book.outbox, contacts)
    kiosk.till.on_change = courier.wake
    return courier


class open_graph:
    """A kiosk whose conversations survive the process: `with open_graph() as kiosk`, or `async with`.

    Conversations are kept where `settings.database_url` says.
    """

    def __init__(self, settings: Settings | None = None, store: BaseStore | None = None) -> None:
        """Open nothing yet."""
        self._settings = settings
        self._store = store
        self._saver: BaseCheckpointSaver[str] | None = None
        self._kiosk: Kiosk | None = None
        self._courier: Courier | None = None
        self._exchange: Exchange | None = None

    def __enter__(self) -> KioskGraph:
        """Open the database and build the graph.

        Raises:
            StorageError: The database cannot be used.
        """
        settings = self._settings or Settings()
        self._saver = open_checkpoints(settings.database_url, settings.key)
        try:
            ledger = open_ledger(settings)
            graph = create_graph(settings, self._saver, self._store, ledger=ledger, desk=open_desk(settings))
            self._kiosk = graph.kiosk
            # What is wrong with the orders is told now, and not to the first customer who wants to pay.
            self._kiosk.till.open()
            self._courier = _courier(self._kiosk)
            self._courier.start()
            _remember(graph.kiosk.registry, ledger)
            self._exchange = Exchange(graph.kiosk.registry, ledger)
            self._exchange.start()
            return graph
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        """Hang up on the models, write what is not written yet and close the database."""
        if self._exchange is not None:
            self._exchange.stop()
            self._exchange = None
        if self._courier is not None:
            self._courier.stop()
            self._courier = None
        if self._kiosk is not None:
            self._kiosk.registry.close()
            self._kiosk.observers.close()
            self._kiosk.desk.close()
            self._kiosk.till.close()
            self._kiosk.vault.close()
            self._kiosk = None
        if self._saver is not None:
            close_checkpoints(self._saver)
            self._saver = None

    async def __aenter__(self) -> KioskGraph:
        """Open the database and build the graph, away from the event loop."""
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        """Close the database."""
        await asyncio.to_thread(self.__exit__)
