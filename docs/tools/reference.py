"""The pages under docs/reference that are written from code; `make docs-reference` renews them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kiosk.cli.app import build
from kiosk.cli.texts import load_texts
from kiosk.settings import Settings
from kiosk.web import create_app

FOLDER = Path(__file__).parent.parent / "reference"
_NOTICE = "<!-- Written from code by `make docs-reference`. Change the code, not this page. -->"
_TITLES = {"terminal": "Payment terminal"}
_WORDS = {"password": "secret", "path": "path", "date-time": "time"}
_BOUNDS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}"}


def pages() -> dict[str, str]:
    """Return the text of every page by its file's name."""
    return {"settings.md": settings_page(), "commands.md": commands_page(), "http.md": http_page()}


def settings_page() -> str:
    """Return a table of everything an operator can set."""
    fields = Settings.model_json_schema()["properties"]
    rows = (
        (f"`KIOSK_{name.upper()}`", _kind(field), _default(field), field["description"])
        for name, field in fields.items()
    )
    return _page(
        "Settings",
        "An argument of `Settings` wins over the environment, the environment over `.env`, and `.env` over the "
        "default. [.env.example](../../.env.example) says more about each, and names the variables of the libraries; "
        "keys of model providers are in the variables that the [endpoints file](../models.md) names.",
        _table(("variable", "kind", "default", "what it is"), rows),
    )


def commands_page() -> str:
    """Return every command with its arguments and options."""
    command = build(load_texts("en"))
    sections = (_command(name, sub) for name, sub in command.commands.items())
    return _page("Commands", _sentence(command.help), *sections)


def http_page() -> str:
    """Return every request of the API by who sends it, and the shapes of bodies and answers."""
    document = create_app(Settings()).openapi()
    requests: dict[str, list[tuple[str, ...]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            requests.setdefault(operation["tags"][0], []).append(_request(method, path, operation))
    head = ("request", "what it does", "body", "answer")
    sections = (f"## {_TITLES.get(tag, tag.capitalize())}\n\n" + _table(head, rows) for tag, rows in requests.items())
    shapes = sorted({**document["components"]["schemas"], **_by_hand(document)}.items())
    return _page(
        "HTTP API",
        document["info"]["description"] + " `GET /openapi.json` has all of it for programs; [the kiosk page]"
        "(../kiosk-page.md#api) says how requests behave, and [the till](../till.md) how a terminal signs.",
        *sections,
        "## Shapes",
        *(_shape(name, schema) for name, schema in shapes),
    )


def _by_hand(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shapes of bodies that FastAPI does not read itself: they stand where they are used."""
    operations = (operation for methods in document["paths"].values() for operation in methods.values())
    bodies = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {}) for operation in operations
    )
    return {body["schema"]["title"]: body["schema"] for body in bodies if "properties" in body.get("schema", {})}


def _command(name: str, command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    usage = " ".join(["kiosk", name, *(parameter.metavar for parameter in arguments), "[OPTIONS]"])
    rows = (
        (_option(parameter), _shown(parameter.default), parameter.help)
        for parameter in command.params
        if parameter.name != "help"
    )
    return f"## kiosk {name}\n\n{command.help}\n\n`{usage}`\n\n" + _table(("", "default", "what it is"), rows)


def _option(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar}`"
    names = ", ".join(parameter.opts)
    return f"`{names}`" if parameter.is_flag else f"`{names} {parameter.metavar}`"


def _request(method: str, path: str, operation: Mapping[str, Any]) -> tuple[str, ...]:
    queries = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    shown = f"`{method.upper()} {path}{'?' + '&'.join(queries) if queries else ''}`"
    body = _first_schema(operation.get("requestBody", {}))
    answers = [_first_schema(answer) for status, answer in operation["responses"].items() if status.startswith("2")]
    return shown, _sentence(operation["description"]), _kind(body), ", ".join(map(_kind, answers))


def _first_schema(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    content = holder.get("content", {})
    if "text/event-stream" in content:
        return {"type": "events"}
    kind = next(iter(content), "")
    schema: Mapping[str, Any] = content.get(kind, {}).get("schema") or {"type": kind}
    return schema if "properties" not in schema else {"$ref": schema["title"]}


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    about = _sentence(schema.get("description", ""))
    required = set(schema.get("required", ()))
    rows = (
        (f"`{field}`", _kind(inner) + ("" if field in required else ", optional"), inner.get("description", ""))
        for field, inner in schema.get("properties", {}).items()
    )
    return f"### {name}\n\n" + "\n\n".join(filter(None, (about, _table(("field", "kind", ""), rows))))


def _kind(schema: Mapping[str, Any]) -> str:
    """Say in words which values a JSON schema allows."""
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    kind = _WORDS.get(schema.get("format", ""), str(schema.get("type", "")))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    bounds = [text.format(schema[key]) for key, text in _BOUNDS.items() if key in schema]
    return " ".join([kind, *bounds])


def _default(field: Mapping[str, Any]) -> str:
    return _shown(field.get("default"))


def _shown(value: object) -> str:
    if value is None or value is False or value == [] or value == ():
        return "off" if value is False else ""
    return f"`{value}`"


def _sentence(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = list(_lines(head, rows))
    return "\n".join(lines) if len(lines) > 2 else ""


def _lines(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = tuple(head)
    yield f"| {' | '.join(names)} |"
    yield "|" + " --- |" * len(names)
    for row in rows:
        yield f"| {' | '.join(_sentence(cell).replace('|', chr(92) + '|') for cell in row)} |"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", _NOTICE, *(part for part in parts if part)]) + "\n"


if __name__ == "__main__":
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
