"""What a model may propose for one turn: typed actions, questions and notices. No prices: code knows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

Setting = StrictStr | StrictInt | StrictBool
Quantity = Annotated[int, Field(ge=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _named_by_type(schema: dict[str, Any]) -> None:
    """Say in an action's JSON schema what its default hides: without its type nobody knows which action it is."""
    schema["required"] = ["type", *schema.get("required", [])]


class _Action(_Part):
    model_config = ConfigDict(json_schema_extra=_named_by_type)


class AddItem(_Action):
    """Put units of an item on the order."""

    type: Literal["add_item"] = "add_item"
    item: str
    quantity: Quantity = 1
    options: dict[str, Setting | None] = Field(default_factory=dict)


class ChangeOptions(_Action):
    """Change options of a line, or of `quantity` of its units; null puts an option back to its default."""

    type: Literal["change_options"] = "change_options"
    line_id: str
    options: dict[str, Setting | None]
    quantity: Quantity | None = None


class SetQuantity(_Action):
    """Give a line a new number of units."""

    type: Literal["set_quantity"] = "set_quantity"
    line_id: str
    quantity: Quantity


class ReplaceItem(_Action):
    """Turn a line, or `quantity` of its units, into another item."""

    type: Literal["replace_item"] = "replace_item"
    line_id: str
    item: str
    options: dict[str, Setting | None] = Field(default_factory=dict)
    quantity: Quantity | None = None


class RemoveItem(_Action):
    """Take a line, or `quantity` of its units, off the order."""

    type: Literal["remove_item"] = "remove_item"
    line_id: str
    quantity: Quantity | None = None


class ClearOrder(_Action):
    """Take everything off the order and go on."""

    type: Literal["clear_order"] = "clear_order"


class CancelOrder(_Action):
    """End the order without payment."""

    type: Literal["cancel_order"] = "cancel_order"


class RequestPayment(_Action):
    """The customer wants to pay what is on the order."""

    type: Literal["request_payment"] = "request_payment"


class CallStaff(_Action):
    """The customer wants a person, or needs one."""

    type: Literal["call_staff"] = "call_staff"


Action = Annotated[
    AddItem
    | ChangeOptions
    | SetQuantity
    | ReplaceItem
    | RemoveItem
    | ClearOrder
    | CancelOrder
    | RequestPayment
    | CallStaff,
    Field(discriminator="type"),
]

Topic = Literal[
    "price",
    "total",
    "order",
    "menu",
    "options",
    "availability",
    "caffeine",
    "calories",
    "allergens",
    "recommend",
    "hours_or_place",
]


class Question(_Part):
    """A question that code answers from the menu and the order.

    `items` are what it is about (empty: the menu or the order as a whole), `quantities` how many of each (empty: one).
    `options` are settings the customer named (the price of oat milk), `option_ids` options named without a setting
    (which sizes). `text` holds the customer's words for something that menu data do not know (vegan). The filters
    narrow a recommendation or a list: `categories`, `caffeine` (free / low / high / most / least),
    `without_allergens`, `tags`, `price` / `calories` (least / most).
    """

    topic: Topic
    items: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    options: dict[str, Setting] = Field(default_factory=dict)
    option_ids: tuple[str, ...] = ()
    text: str | None = None
    categories: tuple[str, ...] = ()
    not_categories: tuple[str, ...] = ()
    caffeine: Literal["free", "low", "high", "most", "least"] | None = None
    with_allergens: tuple[str, ...] = ()
    without_allergens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price: Literal["least", "most"] | None = None
    calories: Literal["least", "most"] | None = None


class Notice(_Part):
    """Something the customer said that was not put on the order, and why; nothing is dropped silently.

    `sold_out`, `one_way` (the item has only another value), `option_not_offered`, `option_range` carry `item` and
    `option`; `off_menu` and `not_understood` carry the customer's own words in `text`; `not_in_order` names what the
    customer wanted changed but has not ordered; `out_of_scope`: prices, discounts and policies are not the model's.
    `quantity` and `options` are what the customer wanted of the thing that is missing, for the offer in its place.
    """

    code: Literal[
        "sold_out",
        "one_way",
        "option_not_offered",
        "option_range",
        "off_menu",
        "not_in_order",
        "not_understood",
        "out_of_scope",
    ]
    item: str | None = None
    option: str | None = None
    value: Setting | None = None
    text: str | None = None
    suggestions: tuple[str, ...] = ()
    quantity: Quantity = 1
    options: dict[str, Setting | None] = Field(default_factory=dict)


class Clarification(_Part):
    """The customer's words fit several items; nothing is added before one is chosen."""

    candidates: tuple[str, ...]
    quantity: Quantity = 1
    options: dict[str, Setting | None] = Field(default_factory=dict)
    text: str | None = None


Social = Literal["greeting", "thanks", "goodbye", "name", "identity", "complaint", "wait", "chat", "yes", "no"]


class TurnProposal(_Part):
    """What a model understood of one turn. Actions refer to line ids of the order as it was before the turn.

    `confidence` in 0..1 says how sure the model is that actions, questions and notices are all the customer meant.
    """

    actions: tuple[Action, ...] = ()
    questions: tuple[Question, ...] = ()
    notices: tuple[Notice, ...] = ()
    clarification: Clarification | None = None
    social: Social | None = None
    reply: str | None = None
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
