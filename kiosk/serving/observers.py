"""What watches the models of a kiosk: the ledger, the alerts, and the callback handlers of their runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import merge_configs

from kiosk.serving.alerts import Alert, Alerts, Channel
from kiosk.serving.callbacks import (
    SLOW_LOG,
    AlertHandler,
    CostWatch,
    KeywordFilter,
    PerformanceMonitor,
    SlowResponseLog,
    Thresholds,
)
from kiosk.serving.channels import LogChannel, MailChannel, WebhookChannel
from kiosk.serving.ledger import Ledger, LedgerEntry, ServedTurn, entries_of
from kiosk.serving.models import Endpoint, Price
from kiosk.settings import Settings

_LOG = logging.getLogger(__name__)
_SLOW_LOG_BYTES, _SLOW_LOG_FILES = 1_000_000, 3
_SEEN_BY_CALLBACKS = frozenset(
    {"rate_limited", "connection", "auth", "model_not_found", "context_length", "server_error", "cancelled"}
)
"""Causes that break a run off; a timeout ends without a word, and the others are found in the answer afterwards."""


class Observers:
    """Everything that looks on; nothing here may hold up a turn or make it fail."""

    def __init__(self, settings: Settings, endpoints: Mapping[str, Endpoint], ledger: Ledger | None = None) -> None:
        """Build what the settings ask for.

        Args:
            settings: What an operator sets.
            endpoints: The endpoints, for their prices.
            ledger: Where attempts are recorded; None keeps only what budgets need, in memory.

        Raises:
            ValueError: An address of a channel is none.
        """
        self.ledger = ledger or Ledger()
        self.monitor = PerformanceMonitor()
        self.alerts = Alerts(_channels(settings), every_s=settings.alert_every_s, record=self.ledger.alert)
        self._endpoints = endpoints
        self._costs = CostWatch(self.alerts, settings.alert_cost_usd)
        self._slow_file = _slow_file(settings.slow_log_file)
        # The day's costs are the ledger's, which knows those of other processes.
        thresholds = Thresholds(None, settings.alert_response_s, settings.alert_prompt_chars)
        self.callbacks: tuple[BaseCallbackHandler, ...] = (
            self.monitor,
            AlertHandler(self.alerts, thresholds, partial(_price, endpoints)),
            SlowResponseLog(settings.slow_response_s),
            *([KeywordFilter(settings.blocked_words)] if settings.blocked_words else []),
        )

    def watched(self, config: RunnableConfig) -> RunnableConfig:
        """Return the config for a run of a language model."""
        return merge_configs(config, RunnableConfig(callbacks=[*self.callbacks]))

    def served(self, turn: ServedTurn) -> None:
        """Record the attempts of a turn that has ended."""
        try:
            self._served(turn)
        except Exception as error:
            # The customer has an answer; bookkeeping must not take it away.
            _LOG.error("attempts not recorded: %s", type(error).__name__)

    def close(self) -> None:
        """Deliver and write what waits."""
        self.alerts.close()
        self.ledger.close()
        if self._slow_file is not None:
            SLOW_LOG.removeHandler(self._slow_file)
            self._slow_file.close()

    def _served(self, turn: ServedTurn) -> None:
        entries = entries_of(turn, self._endpoints)
        if not entries:
            return
        self.ledger.record(entries)
        for entry in entries:
            self._tell(entry)
        if any(entry.cost_usd for entry in entries):
            self._costs.check(self.ledger.spent_today())

    def _tell(self, entry: LedgerEntry) -> None:
        if entry.asked and entry.cause is not None and entry.cause not in _SEEN_BY_CALLBACKS:
            self.alerts.notify(Alert("error", f"{entry.endpoint}: failed of {entry.cause}", entry.endpoint))


def _price(endpoints: Mapping[str, Endpoint], endpoint_id: str) -> Price | None:
    endpoint = endpoints.get(endpoint_id)
    return endpoint.price_per_1k if endpoint else None


def _channels(settings: Settings) -> list[Channel]:
    channels: list[Channel] = [LogChannel()]
    if settings.alert_webhook_url is not None:
        url = settings.alert_webhook_url.get_secret_value()
        channels.append(WebhookChannel(url, settings.alert_webhook_format))
    if settings.alert_smtp_url is not None and settings.alert_email_to:
        url = settings.alert_smtp_url.get_secret_value()
        channels.append(MailChannel(url, settings.alert_email_from, settings.alert_email_to))
    return channels


def _slow_file(path: Path | None) -> logging.Handler | None:
    if path is None:
        return None
    handler = RotatingFileHandler(path, "a", _SLOW_LOG_BYTES, _SLOW_LOG_FILES, encoding="utf-8", delay=True)
    SLOW_LOG.addHandler(handler)
    return handler
