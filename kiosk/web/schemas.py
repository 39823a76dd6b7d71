"""What clients send and get, as OpenAPI documents it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from kiosk.desk import SessionStatus
from kiosk.ordering import Action
from state import Language, OrderState, Response

ThreadId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$", examples=["f3b1c2"])]
RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$", examples=["r-1"])]
MAX_ACTIONS = 20
MAX_QUANTITY = 1000


def _number(value: Any) -> Any:
    """Refuse what JSON does not call a number, though Python could make one of it.

    Raises:
        ValueError: It is true, false or a text.
    """
    if isinstance(value, bool | str):
        raise ValueError("must be an integer")
    return value


def _tell_the_most(schema: dict[str, Any]) -> None:
    schema["items"]["properties"] = {"quantity": {"maximum": MAX_QUANTITY}}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChatRequest(_Body):
    """One turn in the customer's words.

    Without `thread_id` a conversation begins; its id is in every event. `language` fixes the language of the answer,
    without it the answer follows the words. A repeated `request_id` gets the first answer again, and nothing is
    ordered twice.
    """

    message: str
    thread_id: ThreadId | None = None
    language: Language | None = None
    request_id: RequestId | None = None


class TouchRequest(_Body):
    """One tap: what it does, in the same typed actions that models propose, checked by the same rules."""

    actions: Annotated[list[Action], Field(min_length=1, max_length=MAX_ACTIONS, json_schema_extra=_tell_the_most)]
    language: Language | None = None
    request_id: RequestId | None = None

    @field_validator("actions", mode="before")
    @classmethod
    def _counted_in_numbers(cls, actions: Any) -> Any:
        for action in actions if isinstance(actions, list) else []:
            if isinstance(action, dict) and "quantity" in action:
                _number(action["quantity"])
        return actions

    @field_validator("actions")
    @classmethod
    def _countable(cls, actions: list[Action]) -> list[Action]:
        """Refuse numbers that no finger taps; they look like card numbers to whoever masks what is personal."""
        if any((getattr(action, "quantity", None) or 0) > MAX_QUANTITY for action in actions):
            raise ValueError(f"quantity: at most {MAX_QUANTITY}")
        return actions


class PaymentDecision(_Body):
    """What the payment terminal decided, and for which state of which order."""

    decision: Literal["approve", "decline"]
    order_id: Annotated[str, Field(max_length=128)]
    revision: Annotated[int, Field(ge=0, le=2**31), BeforeValidator(_number)]


class SessionRequest(_Body):
    """A customer who begins; `language` is that of the page."""

    language: Language | None = None


class SessionEnd(_Body):
    """Why a session ends: the customer is done, has gone or begun anew, or did not answer the warning."""

    reason: Literal["finished", "left", "idle"]


class SessionView(BaseModel):
    """One customer's session: until when it lives without a sign of the customer, in seconds."""

    thread_id: str
    status: SessionStatus
    language: str
    idle_after_s: int


class SummaryLine(BaseModel):
    """One line of a summary."""

    item: str
    quantity: int
    options: dict[str, str | int | bool]


class OrderSummary(BaseModel):
    """What is on an order, for a member of staff."""

    order_id: str
    status: str
    currency: str
    total: int
    lines: list[SummaryLine]


class Choice(BaseModel):
    """A button that answers the open question: `actions` to send, or `say`, an answer in words (yes or no)."""

    id: str
    names: dict[str, str] = Field(default_factory=dict, description="label per language; empty for yes and no")
    actions: list[dict[str, Any]] = Field(default_factory=list)


class AskedQuestion(BaseModel):
    """The question that the kiosk has asked, and the answers that fit it."""

    kind: Literal["missing", "which_item", "confirm_action", "offer"]
    line_ids: list[str] = Field(default_factory=list)
    option: str | None = None
    names: dict[str, str] = Field(default_factory=dict, description="what is asked for, per language")
    choices: list[Choice]


class PaymentRequest(BaseModel):
    """What the terminal is asked to take; the decision names the same order and revision."""

    order_id: str
    revision: int
    amount: int
    currency: str
    simulated: bool = Field(description="true: the page may answer for the terminal")


class View(BaseModel):
    """A conversation as it stands after a turn; amounts are integer minor units."""

    thread_id: str
    language: str
    reply: str | None
    order: OrderState
    question: AskedQuestion | None = None
    payment: PaymentRequest | None = None
    number: str | None = Field(default=None, description="the short number of a paid order")
    staff: str | None = Field(default=None, description="why a member of staff should come")
    response: Response | None = None


class ShownMessage(BaseModel):
    """One message of a conversation; `touch` marks a tap."""

    role: Literal["user", "assistant"]
    content: str
    touch: bool = False


class Conversation(View):
    """A conversation with its messages, for a page that is opened again."""

    messages: list[ShownMessage]


class ShownEvent(BaseModel):
    """Something that happened to an order; amounts are minor units."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    kind: str
    revision: int
    amount: int | None
    reason: str | None


class OrderAnswer(BaseModel):
    """An order, the conversation that it belongs to (null where that was purged), and what happened to it."""

    thread_id: str | None
    order: OrderState
    events: list[ShownEvent] = Field(default_factory=list)


class PageSettings(BaseModel):
    """What the kiosk page follows: languages to offer, the first one, and whether it may listen."""

    languages: list[str]
    language: str
    voice: Literal["off", "device", "any"]


class ModelStatus(BaseModel):
    """One endpoint."""

    id: str
    name: str
    supports_tools: bool
    is_current: bool
    failure_count: int
    is_available: bool


class ModelsStatus(BaseModel):
    """All endpoints, and the one that a plain turn goes to first."""

    current_model: str
    models: list[ModelStatus]


class ErrorDetail(BaseModel):
    """Why a request was not carried out."""

    reason: str
    message: str
    retry_after_s: int | None = None


class ErrorAnswer(BaseModel):
    """The shape of every refusal."""

    error: ErrorDetail


class Deliveries(BaseModel):
    """Messages to kitchen and terminal that have not arrived yet."""

    waiting: int
    since: datetime | None = Field(description="since when the oldest of them waits")


class Probe(BaseModel):
    """What a probe of the server found: `ok`, or the class of what went wrong, by part."""

    status: Literal["ok", "failing", "starting", "stopping"]
    checks: dict[str, str] = Field(default_factory=dict)
    deliveries: Deliveries | None = Field(default=None, description="null: not looked at, or nobody can tell")
