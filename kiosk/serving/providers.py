"""One small factory per provider: a chat model with its SDK's own retries off and its timeouts set.

Adding a provider is one entry in `PROVIDERS`. Client libraries are imported when their first model is built.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast
from uuid import UUID, uuid4

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, BaseCallbackHandler
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import get_async_callback_manager_for_config, merge_configs
from pydantic import SecretStr

from kiosk.serving.models import Endpoint, Provider

CONNECT_TIMEOUT_S = 2.0
_NO_KEY_NEEDED = "none"
SCHEMA_NAME = "turn_proposal"

Builder = Callable[[Endpoint, str | None], BaseChatModel]
Closer = Callable[[Any], Awaitable[None]]
Proposer = Runnable[LanguageModelInput, AIMessage]


@dataclass(frozen=True)
class ProviderKit:
    """How to reach a provider: the package it needs, the extra that installs it, the factory, and how to hang up."""

    package: str
    extra: str | None
    build: Builder
    close: Closer
    highest_temperature: float = 2.0

    def missing(self) -> str | None:
        """Return what to do about a package that is not installed, None where it is."""
        if find_spec(self.package) is not None:
            return None
        remedy = f"pip install 'kiosk-agent[{self.extra}]'" if self.extra else f"pip install {self.package}"
        return f"package {self.package} is not installed: {remedy}"


@cache
def _tls(library: str) -> ssl.SSLContext:
    """Return what all clients of an HTTP library share; reading the certificates takes longer than all the rest."""
    return cast(ssl.SSLContext, import_module(library).create_ssl_context())


def _openai(endpoint: Endpoint, key: str | None, **more: Any) -> BaseChatModel:
    # The library's shared clients outlive the event loop they were made in, so each model gets some of its own.
    openai = import_module("openai")
    timeout = import_module("httpx2").Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S)
    common = {"timeout": timeout, "verify": _tls("httpx2")}
    return cast(
        BaseChatModel,
        import_module("langchain_openai").ChatOpenAI(
            model=endpoint.model,
            api_key=SecretStr(key or _NO_KEY_NEEDED),
            base_url=endpoint.base_url,
            max_tokens=endpoint.max_output_tokens,
            timeout=timeout,
            max_retries=0,
            http_client=openai.DefaultHttpxClient(**common),
            http_async_client=openai.DefaultAsyncHttpxClient(**common),
            use_responses_api=False,
            disable_streaming=True,
            **more,
        ),
    )


def _openrouter(endpoint: Endpoint, key: str | None) -> BaseChatModel:
    # OpenRouter's defaults allow hosts that keep prompts and drop parameters they do not know.
    host_rules = {"data_collection": "deny", "zdr": True, "require_parameters": True}
    return _openai(endpoint, key, extra_body={"provider": host_rules})


def _ollama(endpoint: Endpoint, key: str | None) -> BaseChatModel:
    timeout = import_module("httpx").Timeout(endpoint.timeout_s, connect=CONNECT_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return cast(
        BaseChatModel,
        import_module("langchain_ollama").ChatOllama(
            model=endpoint.model,
            base_url=endpoint.base_url,
            num_ctx=endpoint.max_context_length,
            num_predict=endpoint.max_output_tokens,
            keep_alive=endpoint.keep_alive,
            client_kwargs={"timeout": timeout, "headers": headers, "verify": _tls("httpx")},
        ),
    )


def _google(endpoint: Endpoint, key: str | None) -> BaseChatModel:
    return cast(
        BaseChatModel,
        import_module("langchain_google_genai").ChatGoogleGenerativeAI(
            model=endpoint.model,
            google_api_key=SecretStr(key or _NO_KEY_NEEDED),
            base_url=endpoint.base_url,
            max_output_tokens=endpoint.max_output_tokens,
            timeout=endpoint.timeout_s,
            max_retries=1,  # one request; 0 would mean the SDK's default
            disable_streaming=True,
        ),
    )


def _anthropic(endpoint: Endpoint, key: str | None) -> BaseChatModel:
    model = import_module("langchain_anthropic").ChatAnthropic(
        model_name=endpoint.model,
        api_key=SecretStr(key or _NO_KEY_NEEDED),
        base_url=endpoint.base_url,
        max_tokens_to_sample=endpoint.max_output_tokens,
        timeout=endpoint.timeout_s,
        max_retries=0,
        disable_streaming=True,
    )
    # The library shares its connections among all models of an address, so nobody could ever close them; copies of
    # this model share those of its own client.
    vars(model)["_async_client"] = import_module("anthropic").AsyncAnthropic(**model._client_params)
    return cast(BaseChatModel, model)


async def _close_openai(model: Any) -> None:
    model.root_client.close()
    await model.root_async_client.close()


async def _close_ollama(model: Any) -> None:
    model._client.close()
    await model._async_client.close()


async def _close_google(model: Any) -> None:
    await model.aclose()


async def _close_anthropic(model: Any) -> None:
    await model._async_client.close()


PROVIDERS: Mapping[Provider, ProviderKit] = {
    "ollama": ProviderKit("langchain_ollama", None, _ollama, _close_ollama),
    "openai": ProviderKit("langchain_openai", None, _openai, _close_openai),
    "openrouter": ProviderKit("langchain_openai", None, _openrouter, _close_openai),
    "google_genai": ProviderKit("langchain_google_genai", "google", _google, _close_google),
    "anthropic": ProviderKit("langchain_anthropic", "anthropic", _anthropic, _close_anthropic, highest_temperature=1.0),
}


def profiled(endpoint: Endpoint, model: BaseChatModel) -> Endpoint:
    """Return an endpoint with what the client library knows of its model; the file holds where it knows nothing."""
    profile = model.profile or {}
    tools = profile.get("tool_calling", endpoint.supports_tools)
    facts: dict[str, Any] = {
        "supports_tools": tools,
        "max_context_length": profile.get("max_input_tokens", endpoint.max_context_length),
    }
    if endpoint.structured_output == "json_schema" and profile.get("structured_output") is False:
        facts["structured_output"] = "tools" if tools else "json"
    return endpoint.model_copy(update=facts)


def warmed(model: BaseChatModel, endpoint: Endpoint, temperature: float) -> BaseChatModel:
    """Return the model at a temperature it knows; the copy shares its connections with the original."""
    highest = PROVIDERS[endpoint.provider].highest_temperature
    fixed = (model.profile or {}).get("temperature") is False
    return model.model_copy(update={"temperature": None if fixed else min(temperature, highest)})


def proposer(model: BaseChatModel, endpoint: Endpoint, schema: Mapping[str, Any]) -> Proposer:
    """Make a chat model answer with `schema`, natively where it can, by a tool call or as plain JSON where not."""
    function = {"name": SCHEMA_NAME, "description": "What the customer's turn means for the order.", "strict": True}
    if endpoint.structured_output == "tools":
        tool = {"type": "function", "function": {**function, "parameters": schema}}
        return model.bind_tools([tool], tool_choice=SCHEMA_NAME)
    native = endpoint.structured_output == "json_schema"
    if endpoint.provider == "ollama":
        return model.bind(format=schema if native else "json")
    json_schema = {"name": SCHEMA_NAME, "strict": True, "schema": schema}
    answer = {"type": "json_schema", "json_schema": json_schema} if native else {"type": "json_object"}
    if endpoint.provider == "openai":
        # The same on the wire. As an argument of its own the client walks through the schema again for every call.
        return model.bind(extra_body={"response_format": answer})
    return model.bind(response_format=answer)


def run_config(config: RunnableConfig | None, endpoint: Endpoint, name: str) -> RunnableConfig:
    """Return the config of a model's run: the caller's callbacks, tags and metadata, and who is asked.

    "nostream" is there because a proposal is for code: its tokens are not for the customer's eyes.
    """
    own = RunnableConfig(
        tags=["nostream", f"endpoint:{endpoint.id}"],
        metadata={"endpoint_id": endpoint.id, "serving_type": endpoint.serving_type.value},
        run_name=name,
        run_id=uuid4(),
    )
    return merge_configs(config, own)


class _Begin(BaseCallbackHandler):
    """Tells whether a run has begun."""

    run_inline = True
    seen = False

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.seen = True


async def asked(model: Proposer, messages: LanguageModelInput, config: RunnableConfig) -> AIMessage:
    """Ask a model under a config of `run_config`; callbacks also hear of the end of a run that is cancelled.

    LangChain tells them nothing then, and a monitor or a tracer would wait for the end of the run for ever.
    """
    begin = _Begin()
    config = merge_configs(config, {"callbacks": [begin]})
    try:
        return await model.ainvoke(messages, config)
    except asyncio.CancelledError:
        if not begin.seen:
            raise
        manager = get_async_callback_manager_for_config(config)
        run = AsyncCallbackManagerForLLMRun(
            run_id=cast(UUID, config["run_id"]),
            handlers=manager.handlers,
            inheritable_handlers=manager.inheritable_handlers,
            parent_run_id=manager.parent_run_id,
        )
        await run.on_llm_error(TimeoutError("given up"), response=LLMResult(generations=[]))
        raise
