"""What a model is told about one turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from langchain_core.messages import BaseMessage

from kiosk.menu import Menu
from state import Dialogue, OrderState, RequestAnalysis

PromptStyle = Literal["default", "detailed", "concise"]


@dataclass(frozen=True)
class TurnRequest:
    """One turn, ready for any endpoint.

    `feedback` holds what the validator found wrong with the attempt before, `prompt_tokens` and `schema_tokens` about
    how long the prompt and the answer's schema are, `spent_session_usd` what the conversation has cost so far.
    """

    utterance: str
    order: OrderState
    dialogue: Dialogue
    analysis: RequestAnalysis
    menu: Menu
    history: tuple[BaseMessage, ...] = ()
    prompt_style: PromptStyle = "default"
    temperature: float = 0.0
    feedback: tuple[str, ...] = ()
    prompt_tokens: int = 0
    schema_tokens: int = 0
    spent_session_usd: float = 0.0
