"""Turns over HTTP: words, taps and the payment terminal's decision all go through the graph, on one thread."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, StateSnapshot
from pydantic import BaseModel

from graph import KioskGraph
from kiosk.desk import summary
from kiosk.ordering import Order, TurnProposal, apply_proposal, from_state
from kiosk.replies.language import FALLBACK
from kiosk.storage.order_reader import StoredOrder
from kiosk.till import Decision, Sale
from kiosk.web.errors import ApiError
from kiosk.web.metrics import Metrics, TurnKind
from kiosk.web.runs import Run, Runs, Work
from kiosk.web.schemas import ChatRequest, Conversation, OrderAnswer, PaymentDecision, ShownEvent, TouchRequest, View
from kiosk.web.views import conversation_of, view_of
from kiosk.web.words import words_of
from nodes.answers import new_order_id
from nodes.touch import touch_message
from state import Context, Language, OrderState

_DECISIONS = {"approve": "approve", "decline": "reject"}


class Conversations:
    """All conversations of a server."""

    def __init__(self, graph: KioskGraph, metrics: Metrics) -> None:
        """Take turns on a graph with a checkpointer."""
        self.graph = graph
        self.runs = Runs()
        self._metrics = metrics
        self._menu = graph.kiosk.rules.menu
        self._simulated = graph.kiosk.settings.payment_terminal == "simulated"

    def say(self, request: ChatRequest) -> Run:
        """Take a turn in words."""
        thread_id = request.thread_id or _new_thread_id()

        async def work(run: Run) -> View:
            async with self._turn("say", thread_id):
                await self.admit(thread_id)
                before = await self._snapshot(thread_id)
                if self._was_carried_out(before, request.request_id):
                    return self._finish(run, thread_id, before)
                message = HumanMessage(content=request.message, id=request.request_id)
                return await self._take(run, thread_id, {"messages": [message]}, request.language)

        return self._start(request.thread_id or "", request, work)

    def touch(self, thread_id: str, request: TouchRequest) -> Run:
        """Carry a tap out."""

        async def work(run: Run) -> View:
            async with self._turn("touch", thread_id):
                await self.admit(thread_id)
                before = await self._snapshot(thread_id)
                if self._was_carried_out(before, request.request_id):
                    return self._finish(run, thread_id, before)
                words = self._checked(before, request)
                message = touch_message(words, request.actions, request.request_id)
                return await self._take(run, thread_id, {"messages": [message]}, request.language)

        return self._start(thread_id, request, work)

    def pay(self, thread_id: str, decision: PaymentDecision) -> Run:
        """Resume the conversation with what the payment terminal decided."""

        async def work(run: Run) -> View:
            async with self._turn("pay", thread_id):
                before = self._existing(await self._snapshot(thread_id))
                answer = {
                    "type": _DECISIONS[decision.decision],
                    **decision.model_dump(include={"order_id", "revision"}),
                }
                view = await self._take(run, thread_id, Command(resume={"decisions": [answer]}))
                self._paid(before, view)
                return view

        return self._start(thread_id, decision, work)

    async def settle(self, asked: StoredOrder, decision: Decision) -> None:
        """Carry out what the payment terminal decided about an order.

        Where the customer has gone on to something else, only the till learns of it and the conversation is left alone.

        Raises:
            StorageError: It cannot be recorded; the terminal may say it again.
        """
        thread_id = asked.thread_id
        if thread_id is None:
            await asyncio.to_thread(self.graph.kiosk.till.settle, _forgotten(asked), decision)
            return
        async with self._turn("pay", thread_id):
            before = await self._snapshot(thread_id)
            order = before.values.get("order")
            if order is None or not _concerns(decision, order):
                await asyncio.to_thread(self.graph.kiosk.till.settle, _forgotten(asked), decision)
                return
            view = await self._take(Run(b""), thread_id, Command(resume={"decisions": [_plain(decision)]}))
            self._paid(before, view)

    async def conversation(self, thread_id: str) -> Conversation:
        """Return a conversation as it stands.

        Raises:
            ApiError: There is none with this id, or its customer has left.
        """
        await self.admit(thread_id, 410)
        snapshot = await self._caught_up(thread_id)
        return conversation_of(self._view(thread_id, snapshot), snapshot)

    async def catch_up(self, thread_id: str) -> None:
        """Let a conversation learn what was decided about its payment in a turn that died before it was saved.

        Raises:
            ApiError: There is none with this id.
            StorageError: What was decided cannot be read, or the conversation not be saved.
        """
        await self._caught_up(thread_id)

    async def admit(self, thread_id: str, status: int = 409) -> None:
        """Refuse whoever comes to a conversation whose session is over; the cart on it was another customer's.

        Raises:
            ApiError: It is over.
        """
        session = await asyncio.to_thread(self.graph.kiosk.desk.session, thread_id)
        if session is not None and session.is_over:
            raise ApiError(status, "session_ended", "thread_id: this session has ended; POST /api/sessions begins one")

    def alone(self, thread_id: str) -> AbstractAsyncContextManager[None]:
        """Hold a conversation: no other turn of it runs meanwhile, in any process."""
        return self.graph.turn(thread_id)

    async def order(self, order_or_thread_id: str) -> OrderAnswer:
        """Return an order by its own id, or the current one of a conversation by the conversation's id.

        Raises:
            ApiError: There is none with this id.
        """
        book = self.graph.kiosk.till.book
        stored = await asyncio.to_thread(book.find, order_or_thread_id)
        if stored is None:
            session = await asyncio.to_thread(self.graph.kiosk.desk.with_order, order_or_thread_id)
            thread_id = session.thread_id if session else order_or_thread_id
            order = (await self._caught_up(thread_id)).values["order"]
            if order_or_thread_id not in (thread_id, order["order_id"]):
                raise _unknown("order")
            return OrderAnswer(thread_id=thread_id, order=order)
        if stored.thread_id is not None and stored.status in ("open", "awaiting_payment"):
            # What is not closed lives in its conversation.
            order = (await self._snapshot(stored.thread_id)).values.get("order")
            if order is not None and order["order_id"] == stored.order_id:
                return OrderAnswer(thread_id=stored.thread_id, order=order)
        events = await asyncio.to_thread(book.events_of, stored.order_id)
        return OrderAnswer(
            thread_id=stored.thread_id,
            order=stored.state,
            events=[ShownEvent.model_validate(event) for event in events],
        )

    async def _caught_up(self, thread_id: str) -> StateSnapshot:
        snapshot = self._existing(await self._snapshot(thread_id))
        if await self._missed(snapshot) is None:
            return snapshot
        # What seems to be lost may be a turn that is about to end.
        async with self._turn("pay", thread_id):
            before = await self._snapshot(thread_id)
            if (decision := await self._missed(before)) is not None:
                view = await self._take(Run(b""), thread_id, Command(resume={"decisions": [_plain(decision)]}))
                self._paid(before, view)
            return await self._snapshot(thread_id)

    async def _missed(self, snapshot: StateSnapshot) -> Decision | None:
        order: OrderState = snapshot.values["order"]
        if order["status"] != "awaiting_payment":
            return None
        return await asyncio.to_thread(self.graph.kiosk.till.missed, order)

    def _start(self, scope: str, request: BaseModel, work: Work) -> Run:
        request_id: str | None = getattr(request, "request_id", None)
        asked = json.dumps(request.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return self.runs.start((scope, request_id), asked, work)

    @asynccontextmanager
    async def _turn(self, kind: TurnKind, thread_id: str) -> AsyncIterator[None]:
        """Hold the conversation, so that what a request was checked against is what it is carried out on."""
        async with self.graph.turn(thread_id):
            with self._metrics.turn(kind):
                yield

    async def _take(self, run: Run, thread_id: str, given: Any, language: Language | None = None) -> View:
        context = Context(language=language)
        async for update in self.graph.astream(given, _config(thread_id), context=context, stream_mode="updates"):
            for node in update:
                if node != "__interrupt__":
                    run.publish("progress", {"thread_id": thread_id, "node": node})
        snapshot = await self._snapshot(thread_id)
        if (snapshot.values.get("response") or {}).get("needs_staff"):
            # Who is told that somebody comes can rely on it: the call is written, as far as the database can be used.
            await asyncio.to_thread(self.graph.kiosk.desk.flush)
        return self._finish(run, thread_id, snapshot, fresh=True)

    def _finish(self, run: Run, thread_id: str, snapshot: StateSnapshot, *, fresh: bool = False) -> View:
        """Publish what the turn has come to; only what validate has let through is in the state."""
        view = self._view(thread_id, snapshot)
        if fresh and view.response is not None:
            self._metrics.answered(view.response)
        plain = view.model_dump(mode="json")
        run.publish("reply", {"thread_id": thread_id, "text": view.reply, "language": view.language})
        run.publish("order", plain["order"])
        if view.staff is not None:
            run.publish("staff", {"thread_id": thread_id, "reason": view.staff, "order": summary(view.order)})
        run.publish("done", plain)
        return view

    def _paid(self, before: StateSnapshot, view: View) -> None:
        if view.order["status"] == "paid" and before.values["order"]["status"] != "paid":
            self._metrics.paid()

    def _checked(self, before: StateSnapshot, request: TouchRequest) -> str:
        """Refuse a tap that the order does not allow (any more) before it costs a turn; else return it in words.

        Raises:
            ApiError: Nothing of it was done.
        """
        stored = before.values.get("order")
        order = from_state(stored) if stored else Order("new")
        rules = self.graph.kiosk.rules
        proposal = TurnProposal(actions=tuple(request.actions))
        if issues := apply_proposal(order, proposal, rules, new_order_id).issues:
            raise ApiError(409, "not_possible", "; ".join(issues))
        dialogue = before.values.get("dialogue")
        language = request.language or (dialogue["language"] if dialogue else self.graph.kiosk.settings.language)
        return words_of(request.actions, order, self._menu, language)

    def _view(self, thread_id: str, snapshot: StateSnapshot) -> View:
        return view_of(thread_id, snapshot, self._menu, simulated=self._simulated)

    async def _snapshot(self, thread_id: str) -> StateSnapshot:
        return await self.graph.aget_state(_config(thread_id))

    @staticmethod
    def _was_carried_out(snapshot: StateSnapshot, request_id: str | None) -> bool:
        """Tell whether a request was carried out before, also by a process that is gone.

        A turn that has failed leaves its words as the last message, without an answer.
        """
        answered = snapshot.values.get("messages", [])[:-1]
        return request_id is not None and any(message.id == request_id for message in answered)

    @staticmethod
    def _existing(snapshot: StateSnapshot) -> StateSnapshot:
        if "order" not in snapshot.values:
            raise _unknown("conversation")
        return snapshot


def _new_thread_id() -> str:
    # A UUID in its usual form is the only kind of id under which the development server can take a conversation up.
    return str(uuid.uuid4())


def _concerns(decision: Decision, order: OrderState) -> bool:
    """Tell whether a decision is about an order as it stands, or about nothing that waits."""
    waits = order["status"] == "awaiting_payment"
    return decision.order_id == order["order_id"] and (not waits or decision.revision == order["revision"])


def _forgotten(asked: StoredOrder) -> Sale:
    """Return an order that its customer has left: no approval counts for it any more."""
    return Sale(asked.thread_id or "", {**asked.state, "status": "open"}, FALLBACK)


def _plain(decision: Decision) -> dict[str, Any]:
    """Return a decision in the shape of human-in-the-loop answers."""
    named = {key: value for key, value in vars(decision).items() if value is not None and key != "kind"}
    return {"type": decision.kind, **named}


def _config(thread_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_id}}


def _unknown(what: str) -> ApiError:
    return ApiError(404, f"unknown_{what}", f"id: no {what} with this id; check it, or begin with POST /api/chat")
