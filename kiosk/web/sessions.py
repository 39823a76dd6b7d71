"""Customers come and go: a session begins, goes idle, and ends with nothing left of it for the next customer."""

from __future__ import annotations

import asyncio
import logging
import secrets
from datetime import datetime
from typing import Any, Literal

from langchain_core.runnables import RunnableConfig

from kiosk.desk import Session
from kiosk.ordering import CancelOrder, from_state
from kiosk.privacy import VaultError
from kiosk.web.conversations import Conversations
from kiosk.web.errors import ApiError
from kiosk.web.metrics import Metrics
from kiosk.web.schemas import SessionView
from kiosk.web.words import words_of
from nodes.resources import CLOSING, Kiosk
from nodes.touch import touch_message
from state import Context, Language, OrderState

_LOG = logging.getLogger(__name__)
Ending = Literal["finished", "left", "idle"]


class Sessions:
    """The sessions of a shop, as far as this server has to do with them."""

    def __init__(self, conversations: Conversations, metrics: Metrics) -> None:
        """End sessions on the graph of these conversations."""
        self._conversations = conversations
        self._metrics = metrics

    @property
    def _kiosk(self) -> Kiosk:
        return self._conversations.graph.kiosk

    async def begin(self, language: Language | None) -> SessionView:
        """Begin a session under an id that nobody can guess."""
        session = self._session(secrets.token_hex(16), language or self._kiosk.settings.language)
        await asyncio.to_thread(self._kiosk.desk.begin, session)
        return self._view(session)

    async def warned(self, thread_id: str) -> SessionView:
        """Note that the customer was asked whether anybody is there.

        Raises:
            ApiError: There is no such session, or it is over.
        """
        await self._conversations.admit(thread_id)
        await asyncio.to_thread(self._kiosk.desk.warn, thread_id)
        return self._view(await self._known(thread_id))

    async def end(self, thread_id: str, reason: Ending) -> SessionView:
        """End a session; one that is over already stays as it is.

        Raises:
            ApiError: There is no such session.
        """
        async with self._conversations.alone(thread_id):
            session = await self._known(thread_id)
            if not session.is_over:
                await self._clear(thread_id)
                # Last, so that an end that was cut short is made up for when the session is taken for abandoned.
                await asyncio.to_thread(self._kiosk.desk.end, thread_id)
                self._metrics.ended(reason)
        return self._view(await self._known(thread_id))

    async def abandon(self, now: datetime) -> int:
        """End the sessions whose customers are silent for too long; return how many it were.

        Raises:
            StorageError: They cannot be looked through.
        """
        claimed = await asyncio.to_thread(self._kiosk.desk.claim_abandoned, now)
        for thread_id in claimed:
            self._metrics.ended("abandoned")
            try:
                async with self._conversations.alone(thread_id):
                    await self._clear(thread_id)
            except Exception as error:
                # The others have to be ended all the same; an order that is still open brings this one up again.
                _LOG.error("an abandoned session was not cleared: %s", type(error).__name__)
        return len(claimed)

    async def _clear(self, thread_id: str) -> None:
        """Cancel what is not paid, through the graph, and erase what the customer has told of themselves."""
        config: RunnableConfig = {"configurable": {"thread_id": thread_id, CLOSING: True}}
        graph = self._conversations.graph
        values = (await graph.aget_state(config)).values
        if "order" in values and _is_unpaid(order := values["order"]):
            language = values["dialogue"]["language"]
            words = words_of([CancelOrder()], from_state(order), self._kiosk.rules.menu, language)
            turn: Any = {"messages": [touch_message(words, [CancelOrder()])]}
            await graph.ainvoke(turn, config, context=Context(language=language))
        await asyncio.to_thread(self._forget, thread_id)

    def _forget(self, thread_id: str) -> None:
        if self._kiosk.desk.owes(thread_id):
            # The kitchen still has to learn whose cup it is; then the vault erases it when its lifetime is over.
            return
        try:
            self._kiosk.vault.forget([thread_id])
        except VaultError as error:
            _LOG.error("vault unusable, what it holds is erased when its lifetime is over: %s", error)

    async def _known(self, thread_id: str) -> Session:
        """Return a session; a conversation that was begun without one has one from now on.

        Raises:
            ApiError: There is none.
        """
        desk = self._kiosk.desk
        await asyncio.to_thread(desk.flush)
        session = await asyncio.to_thread(desk.session, thread_id)
        if session is None:
            values = (await self._conversations.graph.aget_state({"configurable": {"thread_id": thread_id}})).values
            if "order" not in values:
                raise ApiError(404, "unknown_session", "thread_id: no session with this id; begin one")
            session = self._session(thread_id, values["dialogue"]["language"])
            await asyncio.to_thread(desk.begin, session)
        return session

    def _session(self, thread_id: str, language: str) -> Session:
        kiosk, now = self._kiosk, self._kiosk.clock()
        return Session(thread_id, kiosk.settings.kiosk_id, language, kiosk.rules.menu.currency, now, now)

    def _view(self, session: Session) -> SessionView:
        return SessionView(
            thread_id=session.thread_id,
            status=session.status,
            language=session.language,
            idle_after_s=self._kiosk.settings.session_idle_minutes * 60,
        )


def _is_unpaid(order: OrderState) -> bool:
    return order["status"] == "awaiting_payment" or (order["status"] == "open" and bool(order["lines"]))
