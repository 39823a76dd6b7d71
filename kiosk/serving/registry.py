"""All endpoints of an endpoints file: which can be used, why others cannot, and the chat models behind them."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import cast
from urllib.parse import urlsplit
from weakref import finalize

from langchain_core.language_models import BaseChatModel

from kiosk.serving.clients import ClientPool, Clients
from kiosk.serving.health import ServingHealth
from kiosk.serving.models import EMBEDDED, EMBEDDED_ENDPOINT, Endpoint, EndpointsFile, Routing
from kiosk.serving.proposals import ProposalFormat
from kiosk.serving.providers import PROVIDERS, Proposer, profiled, proposer, warmed
from kiosk.serving.spending import Spending
from kiosk.settings import Settings
from kiosk.understanding import Engine
from kiosk.yaml_errors import YamlFile


class EndpointsError(ValueError):
    """An endpoints file cannot be used; the text names file, line, field and problem."""


_FILE = YamlFile(
    package="kiosk.serving",
    default="endpoints.yaml",
    variable="KIOSK_ENDPOINTS_FILE",
    shape="an endpoints file is a mapping with endpoints and routing",
    error=EndpointsError,
)


def load_endpoints(path: Path | str | None = None) -> EndpointsFile:
    """Load and check an endpoints file.

    Args:
        path: The file, or None for the one that comes with the package.

    Raises:
        EndpointsError: The file is missing, unreadable, not YAML or breaks a rule; one line per problem.
    """
    return _FILE.load(EndpointsFile, path)


class Registry:
    """The endpoints of one kiosk. Build one per process; keys are read from the environment when it is built.

    Whoever is done with it closes it; the connections of one that is only dropped are closed when it is collected.
    """

    def __init__(self, settings: Settings, engine: Engine, health: ServingHealth | None = None) -> None:
        """Read the endpoints file and find out what can be used; nothing is imported or asked yet."""
        file = load_endpoints(settings.endpoints_file)
        self.routing: Routing = file.routing
        self.health = health or ServingHealth()
        self.spending = Spending()
        self.chance = random.Random()
        self._engine = engine
        listed = {endpoint.id: endpoint for endpoint in file.endpoints}
        self._endpoints = {EMBEDDED: EMBEDDED_ENDPOINT, **listed}
        self.endpoints: Mapping[str, Endpoint] = MappingProxyType(self._endpoints)
        reasons = {name: _unusable(endpoint) for name, endpoint in self.endpoints.items()}
        self.unavailable: Mapping[str, str] = {name: reason for name, reason in reasons.items() if reason}
        self._clients = ClientPool()
        # At the end of the process the system closes what is open.
        finalize(self, self._clients.begin_to_close).atexit = False
        self._embedded: BaseChatModel | None = None

    @cached_property
    def format(self) -> ProposalFormat:
        """The form in which every language model answers, made from the menu when it is first needed."""
        return ProposalFormat(self._engine.menu)

    def chat_model(self, endpoint_id: str, temperature: float = 0.0) -> BaseChatModel:
        """Return the chat model of an endpoint, one per event loop because connections belong to a loop.

        Raises:
            LookupError: No such endpoint, or it is listed in `unavailable`; callers ask there first.
        """
        endpoint = self.endpoints.get(endpoint_id)
        if endpoint is None or endpoint_id in self.unavailable:
            raise LookupError(f"{endpoint_id}: {self.unavailable.get(endpoint_id, 'no such endpoint')}")
        if endpoint.provider == "embedded":
            return self._embedded_model()
        clients = self._clients.here()
        if endpoint_id not in clients.models:
            clients.add(endpoint, self._build(endpoint))
        # A copy for every call would make LangChain describe the model to its callbacks anew for every call.
        key = endpoint_id, round(temperature, 2)
        if key not in clients.warmed:
            clients.warmed[key] = warmed(clients.models[endpoint_id], endpoint, key[1])
        return clients.warmed[key]

    async def prepare(self, endpoint: Endpoint) -> Endpoint:
        """Make sure that a local server is there, then load the client; see `reach` and `load`."""
        await self.reach(endpoint)
        return await self.load(endpoint)

    async def reach(self, endpoint: Endpoint) -> None:
        """Make sure that a local server is there to talk to, before its client is loaded for the first time.

        A kiosk without Ollama so never pays for its client: neither the second it takes to load, nor its memory.

        Raises:
            OSError: Nobody listens at the address of a local endpoint.
        """
        if endpoint.id in self._clients.here().models or endpoint.base_url is None or endpoint.is_cloud:
            return
        address = urlsplit(endpoint.base_url)
        port = address.port or (443 if address.scheme == "https" else 80)
        await _knock(address.hostname, port)

    async def load(self, endpoint: Endpoint) -> Endpoint:
        """Load the client of an endpoint off the event loop; who stops waiting for it does not stop it.

        Returns:
            The endpoint with what its client library knows of the model.
        """
        clients = self._clients.here()
        if endpoint.id not in clients.models:
            if endpoint.id not in clients.building:
                clients.building[endpoint.id] = asyncio.create_task(self._load(endpoint, clients))
            await asyncio.shield(clients.building[endpoint.id])
        return self.endpoints[endpoint.id]

    async def _load(self, endpoint: Endpoint, clients: Clients) -> None:
        try:
            clients.add(endpoint, await asyncio.to_thread(self._build_with_format, endpoint))
        finally:
            del clients.building[endpoint.id]

    def _build_with_format(self, endpoint: Endpoint) -> BaseChatModel:
        # The schema takes a quarter of a second to make, which the event loop must not wait for either.
        _ = self.format
        return self._build(endpoint)

    def close(self) -> None:
        """Close the connections of all models; a model that is asked afterwards gets new ones."""
        self._clients.close()

    async def aclose(self) -> None:
        """Close the connections of all models, for callers on an event loop that has models of its own."""
        await self._clients.aclose()

    def proposer(self, endpoint_id: str, temperature: float = 0.0) -> Proposer:
        """Return the chat model of an endpoint, made to answer with a proposal."""
        model = self.chat_model(endpoint_id, temperature)
        return proposer(model, self.endpoints[endpoint_id], self.format.schema)

    def _build(self, endpoint: Endpoint) -> BaseChatModel:
        model = PROVIDERS[endpoint.provider].build(endpoint, _key(endpoint))
        self._endpoints[endpoint.id] = profiled(endpoint, model)
        return model

    def _embedded_model(self) -> BaseChatModel:
        if self._embedded is None:
            chat_model = import_module("kiosk.understanding.chat_model")
            self._embedded = cast(BaseChatModel, chat_model.EmbeddedChatModel(engine=self._engine))
        return self._embedded


async def _knock(host: str | None, port: int) -> None:
    """Connect and hang up; unlike a stream, a socket of our own is closed also when we are cancelled meanwhile."""
    loop = asyncio.get_running_loop()
    failure = OSError(f"{host}: no such address")
    for family, kind, protocol, _, place in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, protocol) as knocking:
            knocking.setblocking(False)
            try:
                return await loop.sock_connect(knocking, place)
            except OSError as error:
                failure = error
    raise failure


def _key(endpoint: Endpoint) -> str | None:
    return os.environ.get(endpoint.api_key_env) or None if endpoint.api_key_env else None


def _unusable(endpoint: Endpoint) -> str | None:
    if endpoint.provider == "embedded":
        return None
    if endpoint.api_key_env and _key(endpoint) is None:
        return f"no key: set the environment variable {endpoint.api_key_env}"
    return PROVIDERS[endpoint.provider].missing()
