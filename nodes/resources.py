"""What all nodes work with: built once per graph, never stored in state."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.config import get_config
from langgraph.runtime import get_runtime
from pydantic import TypeAdapter, ValidationError

from kiosk.desk import Clock, Desk, utc_now
from kiosk.menu import load_menu
from kiosk.ordering import Rules
from kiosk.privacy import Screen, Vault, open_vault
from kiosk.serving.ledger import Ledger
from kiosk.serving.observers import Observers
from kiosk.serving.registry import Registry
from kiosk.settings import Settings
from kiosk.till import Till
from kiosk.understanding import Engine
from nodes.vocabulary import menu_words
from state import Context

Update = dict[str, Any]
"""The keys of the state that a node changes."""

IN_MEMORY = "sqlite:///:memory:"

CONFIGURABLE = ("llm_model", "llm_temperature", "prompt_style")
"""Fields of `Context` that a caller may also pass as ids under `configurable`, as LangChain's own models have it."""

CLOSING = "closing"
"""Names, under `configurable`, a turn that the kiosk itself takes because its customer has left."""

_DEFAULT = Context()
_CONTEXT = TypeAdapter(Context)


@dataclass(frozen=True)
class Kiosk:
    """Settings, the till with the menu's rules, the embedded engine, the endpoints, the vault, and what looks on.

    The desk learns who is served and who needs a person; the clock tells the moment, in UTC.
    """

    settings: Settings
    till: Till
    engine: Engine
    registry: Registry
    screen: Screen
    vault: Vault
    observers: Observers
    desk: Desk
    clock: Clock = utc_now

    @classmethod
    def assemble(
        cls,
        settings: Settings | None = None,
        ledger: Ledger | None = None,
        desk: Desk | None = None,
        *,
        in_memory: bool = False,
    ) -> Kiosk:
        """Read the menu and the endpoints that the settings name.

        Args:
            settings: What an operator sets; None reads the environment.
            ledger: Where attempts are recorded; None keeps only what budgets need, in memory.
            desk: Where sessions and calls for staff are noted; None keeps them in memory.
            in_memory: Keep personal data and orders in memory, and not where the settings say.

        Raises:
            MenuError: The menu file cannot be used.
            EndpointsError: The endpoints file cannot be used.
            VaultError: The vault's URL cannot be used.
        """
        settings = settings or Settings()
        menu = load_menu(settings.menu_file)
        engine = Engine(menu)
        idle = timedelta(minutes=settings.session_idle_minutes)
        vault = open_vault(IN_MEMORY if in_memory else settings.vault, settings.key, idle)
        screen = Screen(menu_words(menu))
        registry = Registry(settings, engine)
        observers = Observers(settings, registry.endpoints, ledger)
        registry.spending.follow(observers.ledger)
        till = Till(settings, Rules(menu, settings.caps), IN_MEMORY if in_memory else settings.database_url)
        return cls(settings, till, engine, registry, screen, vault, observers, desk or Desk(idle))

    @property
    def rules(self) -> Rules:
        """The menu, the caps, and what is sold out right now."""
        return self.till.rules


def thread_id() -> str:
    """Return the id of the conversation that runs; a graph without persistence has none."""
    return str(get_config().get("configurable", {}).get("thread_id") or "")


def is_closing() -> bool:
    """Tell whether the kiosk itself takes this turn, because its customer has left."""
    return bool(get_config().get("configurable", {}).get(CLOSING))


def run_context(config: RunnableConfig) -> Context:
    """Return what the caller chose for this run; `context` wins over ids under `configurable`.

    Raises:
        ValueError: A field has a value that it cannot have.
    """
    given: Context | None = get_runtime(Context).context
    context = given or _DEFAULT
    ids = config.get("configurable", {})
    given_ids = {name: ids[name] for name in CONFIGURABLE if ids.get(name) not in (None, "")}
    chosen = {name: value for name, value in given_ids.items() if getattr(context, name) == _unset(name)}
    return _checked(replace(context, **chosen) if chosen else context)


def _unset(name: str) -> object:
    return getattr(_DEFAULT, name)


def _checked(context: Context) -> Context:
    if context is _DEFAULT:
        return context
    try:
        _CONTEXT.validate_python(asdict(context))
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"context.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return context
