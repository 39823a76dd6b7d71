"""The form of an answer: what strict structured output accepts, and what comes back from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kiosk.menu import load_menu
from kiosk.ordering import AddItem, Notice, Question, ReplaceItem, RequestPayment
from kiosk.serving.proposals import ProposalFormat
from tests.unit.serving.support import MENU, proposal

pytestmark = pytest.mark.unit

FORMAT = ProposalFormat(MENU)
STRICT_KEYWORDS = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref", "$defs"}
    | {"minimum", "maximum", "maxItems", "minItems"}
)


def schemas(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    children = [*node.get("properties", {}).values(), *node.get("$defs", {}).values(), *node.get("anyOf", [])]
    for child in [*children, *([node["items"]] if "items" in node else [])]:
        yield from schemas(child)


def test_the_schema_is_what_strict_structured_output_knows() -> None:
    for schema in schemas(dict(FORMAT.schema)):
        assert set(schema) <= STRICT_KEYWORDS, schema
        if schema.get("type") == "object":
            assert schema["required"] == list(schema["properties"])
            assert schema["additionalProperties"] is False
    assert FORMAT.schema["type"] == "object"


def test_ids_and_option_values_are_enums_and_there_is_no_room_for_a_price() -> None:
    definitions = FORMAT.schema["$defs"]

    assert definitions["ItemOrUnknown"]["enum"] == [*(item.id for item in MENU.items), "unknown"]
    assert definitions["MilkSetting"]["properties"]["option"] == {"type": "string", "enum": ["milk"]}
    assert not [
        name for schema in schemas(dict(FORMAT.schema)) for name in schema.get("properties", {}) if "price" in name
    ]


def test_the_schema_is_small_enough_for_a_cloud_model() -> None:
    assert len(json.dumps(FORMAT.schema)) < 13_000
    assert sum(len(schema.get("properties", {})) for schema in schemas(dict(FORMAT.schema))) < 5000


def test_settings_become_options() -> None:
    settings = [
        {"option": "size", "value": "large"},
        {"option": "shots", "value": 2},
        {"option": "decaf", "value": True},
    ]
    add = {"type": "add_item", "heard": "라떼", "item": "latte", "quantity": 3, "options": settings}

    read = FORMAT.read(proposal(actions=[add, {"type": "request_payment"}]))

    assert read.actions == (
        AddItem(item="latte", quantity=3, options={"size": "large", "shots": 2, "decaf": True}),
        RequestPayment(),
    )


def test_an_unknown_item_is_a_notice_with_the_customers_words() -> None:
    add = {"type": "add_item", "heard": "불고기 피자", "item": "unknown", "quantity": 2, "options": []}
    replace: dict[str, Any] = {
        "type": "replace_item",
        "line_id": "1",
        "heard": "피자",
        "item": "unknown",
        "options": [],
        "quantity": None,
    }

    read = FORMAT.read(proposal(actions=[add, replace]))

    assert read.actions == ()
    assert read.notices == (
        Notice(code="off_menu", text="불고기 피자", quantity=2),
        Notice(code="off_menu", text="피자"),
    )


def test_filters_become_the_fields_of_a_question() -> None:
    filters = [
        {"filter": "categories", "value": "tea"},
        {"filter": "categories", "value": "ade"},
        {"filter": "caffeine", "value": "free"},
    ]
    question: dict[str, Any] = {
        "topic": "recommend",
        "items": [],
        "quantities": [],
        "options": [],
        "option_ids": [],
        "text": None,
    }

    read = FORMAT.read(proposal(actions=[], questions=[{**question, "filters": filters}]))

    assert read.questions == (Question(topic="recommend", categories=("tea", "ade"), caffeine="free"),)


def test_a_replacement_keeps_its_line() -> None:
    change = {"type": "replace_item", "line_id": "2", "heard": "", "item": "latte", "options": [], "quantity": 1}

    assert FORMAT.read(proposal(actions=[change])).actions == (ReplaceItem(line_id="2", item="latte", quantity=1),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"latte"',
        proposal()[:-1],
        proposal() + proposal(),
        f"```json\n{proposal()}\n```",
        proposal(confidence=2),
        proposal(extra="field"),
        proposal(actions=[{"type": "set_price", "item": "latte", "price": 0}]),
        proposal(actions=[{"type": "add_item", "item": "latte", "quantity": "3"}]),
        proposal(actions=[{"type": "add_item", "item": "latte", "options": [{"option": "size", "value": "tiny"}]}]),
        proposal(actions=[{"type": "add_item", "item": "latte", "options": [{"option": "shots", "value": 99}]}]),
        proposal(reply="x" * 5000),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        FORMAT.read(text)


@given(st.integers(min_value=0, max_value=len(proposal()) - 1))
def test_no_piece_of_an_answer_is_taken_for_the_whole(length: int) -> None:
    with pytest.raises(ValidationError):
        FORMAT.read(proposal()[:length])


def test_a_menu_without_options_allergens_or_tags_has_a_schema_too(tmp_path: Path) -> None:
    path = tmp_path / "bar.yaml"
    path.write_text(
        "id: bar\nnames: {en: Bar}\ncurrency: EUR\ncategories: {soup: {names: {en: soup}}}\n"
        "items: [{id: broth, category: soup, price: 300, names: {en: broth}}]\n",
        encoding="utf-8",
    )
    add = {"type": "add_item", "heard": "broth", "item": "broth", "quantity": 1, "options": []}

    assert ProposalFormat(load_menu(path)).read(proposal(actions=[add])).actions == (AddItem(item="broth"),)
