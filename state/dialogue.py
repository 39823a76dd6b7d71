"""What the conversation is about, as plain JSON values."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict


class Pending(TypedDict, total=False):
    """The question that the kiosk asked last and that the customer's next words may answer.

    `missing`: required `option` of the lines `line_ids`; `which_item`: one of `candidates` for `quantity` and
    `options`; `confirm_action`: a held action above the soft cap; `offer`: `candidates[0]` in the place of something
    not available.
    """

    kind: Literal["missing", "which_item", "confirm_action", "offer"]
    line_ids: list[str]
    option: str
    candidates: list[str]
    quantity: int
    options: dict[str, str | int | bool]
    action: dict[str, Any]


class Last(TypedDict, total=False):
    """What the last turn did, for words that only repeat it ("that one too", "and the latte?").

    `options` it set, whether it `removed` units, the topic that it `asked` about and the form of the item that was
    `wanted` there.
    """

    options: dict[str, str | int | bool | None]
    removed: bool
    asked: str
    wanted: dict[str, str | int | bool]


class Dialogue(TypedDict):
    """What the talk is about: lines in focus, items last talked about, the open question, failed turns in a row."""

    language: str
    focus: list[str]
    topics: list[str]
    pending: Pending | None
    misunderstood: int
    last: NotRequired[Last]
