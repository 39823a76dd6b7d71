"""What the people behind the counter look at: who is ordering, who needs help, what is to be handed over."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import BaseModel

from kiosk.web.schemas import View
from state import OrderState

KEPT = 200
"""Entries of each kind that stay; the oldest goes first."""


class Seen(BaseModel):
    """A conversation as it stood after its last turn."""

    thread_id: str
    language: str
    order: OrderState
    updated_at: datetime


class StaffCall(BaseModel):
    """Somebody should look after a customer."""

    id: str
    thread_id: str
    reason: str
    called_at: datetime


Entry = TypeVar("Entry", bound=BaseModel)


class Board:
    """The last conversations, open calls and open orders of this process; a restart forgets them."""

    def __init__(self) -> None:
        """Start empty."""
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._calls: OrderedDict[str, StaffCall] = OrderedDict()

    @property
    def conversations(self) -> list[Seen]:
        """Conversations, the last one first."""
        return [*reversed(self._seen.values())]

    @property
    def calls(self) -> list[StaffCall]:
        """Open calls, the longest waiting first."""
        return [*self._calls.values()]

    def saw(self, view: View) -> None:
        """Note what a turn has come to."""
        now, thread_id = datetime.now(UTC), view.thread_id
        self._seen.pop(thread_id, None)
        seen = Seen(thread_id=thread_id, language=view.language, order=view.order, updated_at=now)
        _keep(self._seen, thread_id, seen)
        if view.staff is not None and all(call.thread_id != thread_id for call in self._calls.values()):
            call = StaffCall(id=uuid.uuid4().hex, thread_id=thread_id, reason=view.staff, called_at=now)
            _keep(self._calls, call.id, call)

    def answered(self, call_id: str) -> bool:
        """Close a call; False where it is not open."""
        return self._calls.pop(call_id, None) is not None


def _keep(entries: OrderedDict[str, Entry], key: str, entry: Entry) -> None:
    entries[key] = entry
    if len(entries) > KEPT:
        entries.popitem(last=False)
