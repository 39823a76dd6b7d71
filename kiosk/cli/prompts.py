"""`kiosk prompts`: how long the prompts are that models get, and which models have room for them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import get_args

import typer

from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings, read_menu
from kiosk.cli.texts import Texts
from kiosk.menu import Menu
from kiosk.ordering import Order, to_state
from kiosk.serving import TurnRequest, load_endpoints
from kiosk.serving.models import EMBEDDED, Endpoint
from kiosk.serving.prompts import MOST_HISTORY_TOKENS, estimated_tokens, render
from kiosk.serving.proposals import ProposalFormat
from kiosk.serving.turn import PromptStyle
from state import Dialogue, RequestAnalysis

_PARTS = ("instructions", "schema", "turn", "history", "total")


@dataclass(frozen=True)
class PromptBudget:
    """About how many tokens the parts of a prompt have; `history` is the most that is ever sent."""

    style: PromptStyle
    instructions: int
    schema: int
    turn: int
    history: int
    total: int


def run(*, texts: Texts, lang: str | None, as_json: bool) -> int:
    """Print the budget of every style, and the room that every endpoint leaves."""
    settings = load_settings(texts, lang)
    menu = read_menu(settings)
    with clear_errors():
        file = load_endpoints(settings.endpoints_file)
    schema = estimated_tokens(json.dumps(ProposalFormat(menu).schema))
    budgets = [_budget(menu, style, schema, settings.language) for style in get_args(PromptStyle)]
    longest = max(budgets, key=lambda budget: budget.total)
    rooms = {one.id: _room(one, longest) for one in file.endpoints if one.id != EMBEDDED}
    if as_json:
        typer.echo(json.dumps({"styles": [asdict(budget) for budget in budgets], "room": rooms}))
        return ExitCode.OK
    for budget in budgets:
        parts = ", ".join(f"{texts(f'prompts.{part}')} {getattr(budget, part):,}" for part in _PARTS)
        typer.echo(f"{budget.style}: {parts}")
    for endpoint_id, room in rooms.items():
        typer.echo("  " + texts("prompts.room" if room >= 0 else "prompts.no_room", endpoint=endpoint_id, tokens=room))
    return ExitCode.OK


def _budget(menu: Menu, style: PromptStyle, schema: int, language: str) -> PromptBudget:
    instructions, turn = (estimated_tokens(str(message.text)) for message in render(_first_turn(menu, style, language)))
    total = instructions + schema + turn + MOST_HISTORY_TOKENS
    return PromptBudget(style, instructions, schema, turn, MOST_HISTORY_TOKENS, total)


def _first_turn(menu: Menu, style: PromptStyle, language: str) -> TurnRequest:
    analysis = RequestAnalysis(
        complexity="simple",
        privacy_sensitivity="low",
        response_time_requirement="fast",
        contains_sensitive_data=False,
        estimated_tokens=0,
        reasoning="",
        language=language,
    )
    dialogue = Dialogue(language=language, focus=[], topics=[], pending=None, misunderstood=0)
    return TurnRequest("", to_state(Order(""), menu), dialogue, analysis, menu, prompt_style=style)


def _room(endpoint: Endpoint, budget: PromptBudget) -> int:
    """Return how many tokens of the endpoint's context stay free below prompt and answer."""
    sent = budget.total - (0 if endpoint.reads_schema else budget.schema)
    return endpoint.max_context_length - endpoint.max_output_tokens - sent
