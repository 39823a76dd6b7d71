"""Many models, one form of answer: endpoints, routing, attempts and health."""

from kiosk.serving.attempts import attempt
from kiosk.serving.health import POLICIES, Failure, Policy, ServingHealth, backoff_s
from kiosk.serving.models import Endpoint, Routing
from kiosk.serving.referee import referee
from kiosk.serving.registry import EndpointsError, Registry, load_endpoints
from kiosk.serving.router import Decision, RouteRequest, decide, prompt_style, select, temperature
from kiosk.serving.turn import TurnRequest

__all__ = [
    "POLICIES",
    "Decision",
    "Endpoint",
    "EndpointsError",
    "Failure",
    "Policy",
    "Registry",
    "RouteRequest",
    "Routing",
    "ServingHealth",
    "TurnRequest",
    "attempt",
    "backoff_s",
    "decide",
    "load_endpoints",
    "prompt_style",
    "referee",
    "select",
    "temperature",
]
