"""The embedded engine as a LangChain chat model, so that it is an endpoint like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, BaseCallbackManager, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableConfig
from pydantic import ConfigDict

from kiosk.ordering import Order, TurnProposal, from_state
from kiosk.understanding.engine import Engine
from state import Dialogue, OrderState

MODEL_NAME = "embedded"
_NO_USAGE = UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)


class EmbeddedChatModel(BaseChatModel):
    """Answers with the `TurnProposal` of the embedded engine as JSON.

    The last human message is the utterance. Its `additional_kwargs` may hold `order` (`OrderState`) and `dialogue`
    (`Dialogue`); without them the order is empty and nothing was said before.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    engine: Engine
    sold_out_now: frozenset[str] = frozenset()

    @property
    def _llm_type(self) -> str:
        return MODEL_NAME

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": MODEL_NAME}

    def understand(self, messages: Sequence[BaseMessage]) -> TurnProposal:
        """Return the proposal itself, for callers in the same process."""
        message = next((message for message in reversed(messages) if isinstance(message, HumanMessage)), None)
        if message is None:
            raise ValueError("messages: no human message; the embedded engine needs the customer's words")
        order, dialogue = message.additional_kwargs.get("order"), message.additional_kwargs.get("dialogue")
        return self.engine.understand(
            message.text,
            from_state(cast(OrderState, order)) if order else Order(""),
            cast(Dialogue, dialogue) if dialogue else None,
            self.sold_out_now,
        )

    def _answer(self, messages: Sequence[BaseMessage]) -> AIMessage:
        return AIMessage(
            content=self.understand(messages).model_dump_json(),
            response_metadata={"model_name": MODEL_NAME, "finish_reason": "stop"},
            usage_metadata=_NO_USAGE,
        )

    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        """Answer; within a run that nobody watches this leaves out the preparations for callbacks and tracers."""
        if isinstance(input, list) and _is_unwatched(config):
            messages = [message for message in input if isinstance(message, BaseMessage)]
            return self._answer(messages)
        return super().invoke(input, config, stop=stop, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        # A turn takes a millisecond or two; handing it to another thread would cost more than it frees.
        return self._generate(messages, stop)


def _is_unwatched(config: RunnableConfig | None) -> bool:
    """Tell whether a surrounding run has been set up and has found no callback and no tracer."""
    callbacks = (config or {}).get("callbacks")
    return isinstance(callbacks, BaseCallbackManager) and not callbacks.handlers
