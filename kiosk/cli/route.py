"""`kiosk route`: which model a turn would go to, and why; nothing is asked of any model."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from kiosk.cli.errors import ExitCode
from kiosk.cli.machine import clear_errors
from kiosk.cli.parts import load_settings
from kiosk.cli.texts import Texts
from kiosk.privacy import detect
from kiosk.serving import Decision, RouteRequest, decide
from kiosk.settings import Settings
from nodes.analyze import describe
from nodes.resources import Kiosk
from nodes.words import cleaned, language_of
from state import RequestAnalysis


def run(*, texts: Texts, lang: str | None, text: str, explain: bool, as_json: bool) -> int:
    """Describe and route the turn; with --explain also say what became of every endpoint."""
    settings = load_settings(texts, lang)
    analysis, decision = _decide(settings, text)
    shown = {"analysis": analysis, "rule": decision.rule, "selection": decision.selection}
    candidates = [asdict(candidate) for candidate in decision.candidates] if explain else []
    if as_json:
        typer.echo(json.dumps({**shown, "candidates": candidates} if explain else shown, ensure_ascii=False))
        return ExitCode.OK
    typer.echo("\n".join(_lines(analysis, decision, texts)))
    for candidate in candidates:
        typer.echo("  {endpoint_id}: {reason} {detail}".format(**candidate).rstrip())
    return ExitCode.OK


def _decide(settings: Settings, text: str) -> tuple[RequestAnalysis, Decision]:
    with clear_errors():
        kiosk = Kiosk.assemble(settings)
    text = cleaned(text)[: settings.max_input_chars]
    language = language_of(text, settings.language)
    analysis = describe(text, language, detect(text, language))
    return analysis, decide(RouteRequest(analysis), kiosk.registry)


def _lines(analysis: RequestAnalysis, decision: Decision, texts: Texts) -> list[str]:
    selection = decision.selection
    entries = {
        "chain": " -> ".join(selection["chain"]),
        "rule": decision.rule,
        "reason": selection["reason"],
        "confidence": selection["confidence"],
        "cost": f"{selection['estimated_cost']:.6f}",
        "complexity": analysis["complexity"],
        "privacy": analysis["privacy_sensitivity"],
        "pace": analysis["response_time_requirement"],
        "analysis": analysis["reasoning"],
    }
    return [f"{texts(f'route.{key}')}: {value}" for key, value in entries.items()]
