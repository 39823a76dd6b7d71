"""The one form in which every language model answers: a JSON schema made from the menu, and its strict reader.

It is `TurnProposal` as models can be held to it. Ids and option values are enums, `unknown` is an item of its own with
the customer's words beside it, and there is no room for a price. Strict structured output allows neither free keys nor
absent ones, so options and filters are lists of named settings: a model writes only those that were said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from kiosk.menu import Menu, OptionGroup
from kiosk.ordering import Notice, TurnProposal
from kiosk.ordering.proposal import Quantity, Question, Social, Topic

UNKNOWN_ITEM = "unknown"
_LONGEST_TEXT = 500
_SINGLE_FILTERS = frozenset({"caffeine", "price", "calories"})

_Words = Annotated[str, Field(max_length=_LONGEST_TEXT)]
_TEXT: Any = (_Words | None, None)
_NOTHING = Annotated[tuple[str, ...], Field(max_length=0)]
_DROPPED = frozenset({"default", "title", "description", "discriminator", "minLength", "maxLength"})


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ProposalFormat:
    """The schema for one menu, and the reader of what comes back; build it once per menu."""

    def __init__(self, menu: Menu) -> None:
        """Make the schema from the menu's ids."""
        self._model = _turn_model(menu)
        self.schema: Mapping[str, Any] = _strict(self._model.model_json_schema())

    def read(self, text: str) -> TurnProposal:
        """Return the proposal in a model's raw answer.

        Raises:
            pydantic.ValidationError: The text is not JSON, is cut off, or does not fit the schema.
        """
        return _proposal(self._model.model_validate_json(text).model_dump(mode="json"))


def _proposal(turn: dict[str, Any]) -> TurnProposal:
    notices = [_notice(notice) for notice in turn.pop("notices")]
    actions = []
    for action in turn.pop("actions"):
        heard = action.pop("heard", "")
        action = _with_options(action)
        if action.get("item") == UNKNOWN_ITEM:
            wanted = {"quantity": action["quantity"] or 1, "options": action["options"]}
            notices.append(Notice(code="off_menu", text=heard, **wanted))
        else:
            actions.append(action)
    clarification = turn.pop("clarification")
    return TurnProposal.model_validate(
        {
            **turn,
            "actions": actions,
            "notices": notices,
            "questions": [_question(question) for question in turn.pop("questions")],
            "clarification": clarification and _with_options(clarification),
        }
    )


def _with_options(part: dict[str, Any]) -> dict[str, Any]:
    if "options" in part:
        part["options"] = {setting["option"]: setting["value"] for setting in part["options"]}
    return part


def _notice(notice: dict[str, Any]) -> Notice:
    return Notice.model_validate({key: value for key, value in notice.items() if value is not None})


def _question(question: dict[str, Any]) -> dict[str, Any]:
    filters: dict[str, Any] = {}
    for entry in question.pop("filters"):
        name, value = entry["filter"], entry["value"]
        if name in _SINGLE_FILTERS:
            filters[name] = value
        else:
            filters[name] = (*filters.get(name, ()), value)
    return _with_options(question) | filters


def _turn_model(menu: Menu) -> type[BaseModel]:
    items = [item.id for item in menu.items]
    item, options = _enum("Item", items), _options(menu)
    settings = _settings(options)
    clarification = _model(
        "Clarification", candidates=(_many(item), ...), quantity=(Quantity, 1), options=(settings, ()), text=_TEXT
    )
    return _model(
        "TurnProposal",
        actions=(_many(_action_type(_enum("ItemOrUnknown", [*items, UNKNOWN_ITEM]), settings)), ()),
        questions=(_many(_question_type(menu, item, options, settings)), ()),
        notices=(_many(_notice_type(item, options)), ()),
        clarification=(_optional(clarification), None),
        social=(Social | None, None),
        reply=_TEXT,
        confidence=(Annotated[float, Field(ge=0, le=1)], ...),
    )


def _action_type(item: Any, settings: Any) -> Any:
    some = (Quantity | None, None)
    line = {"line_id": (str, ...)}
    named = {"heard": (_Words, ""), "item": (item, ...)}
    models = [
        _action("add_item", **named, quantity=(Quantity, 1), options=(settings, ())),
        _action("change_options", **line, options=(settings, ...), quantity=some),
        _action("set_quantity", **line, quantity=(Quantity, ...)),
        _action("replace_item", **line, **named, options=(settings, ()), quantity=some),
        _action("remove_item", **line, quantity=some),
        _action("clear_order", "cancel_order", "request_payment", "call_staff"),
    ]
    return _tagged("Action", "type", models)


def _action(*types: str, **fields: Any) -> type[BaseModel]:
    name = _camel(types[0]) if len(types) == 1 else "WholeOrder"
    return _model(name, type=(_one_of(types), ...), **fields)


def _question_type(menu: Menu, item: Any, options: Iterable[str], settings: Any) -> type[BaseModel]:
    vocabularies: dict[str, Iterable[str]] = {
        "categories": menu.categories,
        "not_categories": menu.categories,
        "with_allergens": menu.allergens,
        "without_allergens": menu.allergens,
        "tags": dict.fromkeys(tag for entry in menu.items for tag in entry.tags),
    }
    values = {name: _one_of(words) for name, words in vocabularies.items() if words}
    values |= {name: get_args(Question.model_fields[name].annotation)[0] for name in sorted(_SINGLE_FILTERS)}
    filters = [
        _model(_camel(name) + "Filter", filter=(_one_of([name]), ...), value=(value, ...))
        for name, value in values.items()
    ]
    return _model(
        "Question",
        topic=(Topic, ...),
        items=(_many(item), ()),
        quantities=(_many(Quantity), ()),
        options=(settings, ()),
        option_ids=(_many(_one_of(options)) if options else _NOTHING, ()),
        text=_TEXT,
        filters=(_many(_tagged("Filter", "filter", filters)), ()),
    )


def _notice_type(item: Any, options: Iterable[str]) -> type[BaseModel]:
    return _model(
        "Notice",
        code=(Notice.model_fields["code"].annotation, ...),
        item=(_optional(item), None),
        option=(_optional(_one_of(options)) if options else None, None),
        text=_TEXT,
        suggestions=(_many(item), ()),
    )


def _settings(options: Mapping[str, list[OptionGroup]]) -> Any:
    """Return the type of a list of option settings; null puts an option back to its default."""
    models = [
        _model(_camel(option) + "Setting", option=(_one_of([option]), ...), value=(_value(groups), ...))
        for option, groups in options.items()
    ]
    return _many(_tagged("Setting", "option", models)) if models else _NOTHING


def _options(menu: Menu) -> dict[str, list[OptionGroup]]:
    """Return all groups of each option id: an option may cost something at one item and nothing at another."""
    options: dict[str, list[OptionGroup]] = {}
    for group in menu.option_groups.values():
        options.setdefault(group.id, []).append(group)
    return options


def _value(groups: list[OptionGroup]) -> Any:
    kinds = {group.kind for group in groups}
    types: list[Any] = [None]
    if "choice" in kinds:
        types.append(_one_of(dict.fromkeys(value.id for group in groups for value in group.values)))
    if "count" in kinds:
        counts = [group for group in groups if group.kind == "count"]
        least, most = min(group.min for group in counts), max(group.max for group in counts)
        types.append(Annotated[int, Field(ge=least, le=most)])
    if "flag" in kinds:
        types.append(bool)
    if levels := dict.fromkeys(level for group in groups for level in group.levels):
        types.append(_one_of(levels))
    return Union.__getitem__(tuple(types))


def _model(name: str, **fields: Any) -> type[BaseModel]:
    return create_model(name, __base__=_Wire, **fields)


def _tagged(name: str, tag: str, models: list[type[BaseModel]]) -> Any:
    """Return one of `models`, told apart by `tag`, as a type with a name, so that the schema spells it out once."""
    union: Any = Union.__getitem__(tuple(models))
    if len(models) > 1:
        union = Annotated[union, Field(discriminator=tag)]
    root: Any = RootModel.__class_getitem__(union)
    return create_model(name, __base__=root)


def _many(kind: Any) -> Any:
    return tuple.__class_getitem__((kind, ...))


def _optional(kind: Any) -> Any:
    return Union.__getitem__((kind, None))


def _one_of(words: Iterable[str]) -> Any:
    return Literal.__getitem__(tuple(words))


def _enum(name: str, words: Iterable[str]) -> Any:
    """Return the same as `_one_of`, as a type with a name, so that the schema spells it out once."""
    return StrEnum(name, [(word, word) for word in words])


def _camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Say the same in the part of JSON schema that strict structured output knows: no defaults, every key required."""
    if "const" in schema:
        return {"type": "string", "enum": [schema["const"]]}
    strict: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            strict[key] = {name: _strict(part) for name, part in value.items()}
        elif isinstance(value, Mapping) and key != "discriminator":
            strict[key] = _strict(value)
        elif key in ("anyOf", "oneOf"):
            strict["anyOf"] = [_strict(part) for part in value]
        elif key not in _DROPPED:
            strict[key] = value
    if "properties" in strict:
        strict |= {"required": list(strict["properties"]), "additionalProperties": False}
    return strict
