"""Who may do what an ordinary visitor may not: the operator, with a token."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from kiosk.settings import Settings
from kiosk.web.errors import ApiError

_BEARER = HTTPBearer(auto_error=False, description="KIOSK_OPERATOR_TOKEN")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]


def check_operator(settings: Settings, credentials: HTTPAuthorizationCredentials | None) -> None:
    """Let only the operator pass; without a token in the settings nobody does.

    Raises:
        ApiError: It is not the operator who asks.
    """
    if settings.operator_token is None:
        raise ApiError(403, "operator_closed", "KIOSK_OPERATOR_TOKEN: not set; set it and restart to open this")
    given = credentials.credentials if credentials else ""
    if not secrets.compare_digest(given.encode(), settings.operator_token.get_secret_value().encode()):
        raise ApiError(401, "unauthorized", "authorization: send 'Bearer' and the operator token")
