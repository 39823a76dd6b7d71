"""Per-run settings a caller may pass (`context_schema`); everything is optional and nothing here is a secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field

Language = Literal["ko", "en", "ja", "zh"]
"""The languages that the kiosk understands and speaks."""
LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Context:
    """What a caller may choose for one run.

    `private_cloud` can only tighten the policy of the endpoints file: `never` wins over `masked`.
    `llm_model` names an endpoint id, `llm_temperature` lies in 0..2. `language` None means: follow the customer.
    """

    language: Language | None = None
    user_tier: Literal["standard", "premium"] = "standard"
    prompt_style: Literal["default", "detailed", "concise"] = "default"
    llm_model: str | None = None
    llm_temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    private_cloud: Literal["never", "masked"] | None = None
