"""Settings: explicit argument first, then environment (prefix KIOSK_), then .env, then the default."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from kiosk.ordering import Caps
from state import Language

_SCHEMES = {"alert_smtp_url": ("smtp://", "smtps://"), "kitchen_url": ("https://", "http://", "file:///")}


class Settings(BaseSettings):
    """Everything an operator can set. Keys of model providers are not here: endpoints name their variables."""

    model_config = SettingsConfigDict(env_prefix="KIOSK_", env_file=".env", extra="ignore", frozen=True)

    menu_file: Path | None = Field(None, description="menu YAML; None: the menu that comes with the package")
    endpoints_file: Path | None = Field(None, description="endpoints YAML; None: the one that comes with the package")
    database_url: str = Field("sqlite:///kiosk.db", description="where open_graph() keeps conversations")
    encryption_key: SecretStr | None = Field(None, min_length=16, description="what keys for data at rest derive from")
    vault_url: str | None = Field(None, description="where personal data is kept; None: beside the conversations")
    session_idle_minutes: int = Field(30, ge=1, description="silence after which a session is over and its data erased")
    retention_days: int = Field(30, ge=1, description="days after which a silent conversation is purged")
    trace_private: bool = Field(False, description="trace conversations that hold personal data too (facts only)")
    language: Language = Field("ko", description="language before the customer has shown theirs")
    soft_cap: int = Field(30, ge=1, description="units of one item above which the kiosk asks back")
    hard_cap: int = Field(100, ge=1, description="units of one item above which the kiosk refuses and offers staff")
    order_cap: int = Field(200, ge=1, description="units of a whole order above which the kiosk refuses")
    history_messages: int = Field(20, ge=2, description="messages of a conversation that are kept and shown to models")
    max_input_chars: int = Field(2000, ge=100, description="longer turns are refused with a sentence")
    cascade_threshold: float = Field(0.8, ge=0, le=1, description="confidence below which the embedded engine hands on")
    ledger_days: int = Field(400, ge=1, description="days after which rows of the serving ledger are deleted")
    alert_webhook_url: SecretStr | None = Field(None, description="incoming webhook that alerts are posted to")
    alert_webhook_format: Literal["slack", "discord"] | None = Field(None, description="None: told from the address")
    alert_smtp_url: SecretStr | None = Field(None, description="mail server for alerts: smtp://user:password@host:587")
    alert_email_to: str | None = Field(None, description="who gets alerts by e-mail")
    alert_email_from: str = Field("kiosk@localhost", description="sender of alerts by e-mail")
    alert_cost_usd: float | None = Field(1.0, gt=0, description="costs of models per day above which an alert goes out")
    alert_response_s: float | None = Field(10.0, gt=0, description="time of a model above which an alert goes out")
    alert_prompt_chars: int | None = Field(60_000, ge=1, description="length of a prompt above which an alert goes out")
    alert_every_s: float = Field(300.0, ge=0, description="seconds between two alerts of a kind about an endpoint")
    slow_response_s: float = Field(5.0, gt=0, description="time of a model above which it is logged as slow")
    slow_log_file: Path | None = Field(None, description="file for slow models; None: only the log kiosk.serving.slow")
    blocked_words: tuple[str, ...] = Field((), description="words that no model may answer with, as a JSON list")
    probe_seconds: int = Field(60, ge=0, description="seconds between two probes of the models by a server; 0: never")
    operator_token: SecretStr | None = Field(
        None, description="opens the operator's pages and write APIs of the server"
    )
    kiosk_id: str = Field("kiosk-1", pattern=r"^[A-Za-z0-9._-]{1,64}$", description="which kiosk of the shop this is")
    payment_terminal: Literal["simulated", "external"] = Field(
        "simulated", description="who may answer for the terminal"
    )
    terminal_url: str | None = Field(None, description="where an external terminal is told what to take")
    terminal_secret: SecretStr | None = Field(None, min_length=16, description="signs what terminal and kiosk say")
    payment_timeout_s: int = Field(90, ge=1, description="seconds after which a payment request is given up")
    kitchen_url: str | None = Field(
        None, description="where paid orders go: file:///kitchen.jsonl, http:// or https://"
    )
    kitchen_secret: SecretStr | None = Field(None, min_length=16, description="signs what the kitchen is told")
    voice: Literal["off", "device", "any"] = Field("device", description="speech recognition that the page may use")
    allowed_hosts: tuple[str, ...] = Field((), description="public names of the server, as a JSON list")
    requests_per_minute: int = Field(1200, ge=1, description="API requests that one address may send to the server")

    @field_validator(
        "encryption_key",
        "vault_url",
        "alert_webhook_url",
        "alert_smtp_url",
        "terminal_url",
        "terminal_secret",
        "kitchen_url",
        "kitchen_secret",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("alert_webhook_url", "alert_smtp_url", "terminal_url", "kitchen_url")
    @classmethod
    def _is_address(cls, value: SecretStr | str | None, info: ValidationInfo) -> SecretStr | str | None:
        schemes = _SCHEMES.get(info.field_name or "", ("https://", "http://"))
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain is not None and not plain.startswith(schemes):
            # The value is a secret, so it is not repeated.
            raise ValueError(f"not an address; it begins with {' or '.join(schemes)}")
        return value

    @model_validator(mode="after")
    def _ordered_caps(self) -> Self:
        if not self.soft_cap <= self.hard_cap <= self.order_cap:
            raise ValueError("soft_cap, hard_cap, order_cap: must not fall in this order; raise the later ones")
        return self

    @property
    def caps(self) -> Caps:
        """The quantity caps as the ordering rules want them."""
        return Caps(soft=self.soft_cap, hard=self.hard_cap, order=self.order_cap)

    @property
    def key(self) -> str | None:
        """The secret that keys for data at rest are derived from."""
        return self.encryption_key.get_secret_value() if self.encryption_key else None

    @property
    def vault(self) -> str:
        """Where personal data is kept: a file of its own beside the conversations, or with a key their PostgreSQL."""
        if self.vault_url:
            return self.vault_url
        if not self.database_url.startswith("sqlite://"):
            return self.database_url if self.key else "sqlite:///kiosk-vault.db"
        if self.database_url.endswith(("://", ":///", ":memory:")):
            return self.database_url
        return f"{self.database_url.removesuffix('.db')}-vault.db"
