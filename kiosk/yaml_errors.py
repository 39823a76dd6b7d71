"""Read a YAML file into a validated model and say exactly what is wrong with a bad one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

# The same safe loader, in C where PyYAML was built with it: a kiosk reads half a dozen files at its start.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True)
class YamlFile:
    """What is known about one kind of file: the copy that comes with the package, and the words of its errors."""

    package: str
    default: str
    variable: str
    shape: str
    error: type[ValueError]

    def load(self, model: type[ModelT], path: Path | str | None) -> ModelT:
        """Read and check a file (YAML, or JSON, which is YAML as well).

        Args:
            model: What the file must hold.
            path: The file, or None for the copy that comes with the package.

        Raises:
            ValueError: As `error`; the file is missing, unreadable, not YAML or breaks a rule; one line per problem.
        """
        name, text = self._read(path)
        try:
            data = yaml.load(text, Loader=_LOADER)
        except yaml.YAMLError as error:
            line = getattr(getattr(error, "problem_mark", None), "line", None)
            where = "" if line is None else f":{min(line, text.rstrip().count(chr(10))) + 1}"
            raise self.error(f"{name}{where}: not valid YAML; check indentation and quotes") from error
        if not isinstance(data, dict):
            raise self.error(f"{name}:1: {self.shape}")
        try:
            return model.model_validate(data)
        except ValidationError as error:
            tree = yaml.compose(text, Loader=_LOADER)
            problems = [_explain(name, problem["loc"], problem["msg"], data, tree) for problem in error.errors()]
            raise self.error("\n".join(problems)) from error

    def _read(self, path: Path | str | None) -> tuple[str, str]:
        try:
            if path is None:
                return self.default, (files(self.package) / self.default).read_text(encoding="utf-8")
            return Path(path).name, Path(path).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise self.error(f"{path}: not UTF-8 text; save the file as UTF-8") from error
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise self.error(f"{path}: {reason}; set {self.variable} to a readable file") from error


def _explain(name: str, loc: Sequence[str | int], message: str, data: Any, tree: yaml.Node | None) -> str:
    """Build 'file:line: field: problem', with item ids in the place of list positions."""
    path = list(loc)
    problem = message.removeprefix("Value error, ")
    head = problem.partition(":")[0]
    if not path and " " not in head:
        path = _positions(head.split("."), data)
    field = ".".join(_label(data, path[: depth + 1]) for depth in range(len(path)))
    prefix = f"{field}: " if field and not problem.startswith(field) else ""
    return f"{name}:{_line(tree, path)}: {prefix}{problem}"


def _positions(labels: list[str], data: Any) -> list[str | int]:
    path: list[str | int] = []
    for label in labels:
        if isinstance(data, list):
            ids = [entry.get("id", entry.get("alias")) if isinstance(entry, dict) else None for entry in data]
            position: str | int = ids.index(label) if label in ids else label
        else:
            position = label
        try:
            data = data[position]
        except (KeyError, IndexError, TypeError):
            break
        path.append(position)
    return path


def _label(data: Any, path: list[str | int]) -> str:
    for key in path[:-1]:
        data = data[key] if _has(data, key) else None
    last = path[-1]
    if isinstance(data, list) and _has(data, last) and isinstance(data[int(last)], dict):
        return str(data[int(last)].get("id", last))
    return str(last)


def _has(data: Any, key: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(key, int) and key < len(data)
    return isinstance(data, dict) and key in data


def _line(node: yaml.Node | None, path: list[str | int]) -> int:
    line = 1
    for key in (None, *path):
        node = node if key is None else _child(node, key)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, key: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        children: list[yaml.Node] = node.value
        return children[key]
    if isinstance(node, yaml.MappingNode):
        pairs: list[tuple[yaml.Node, yaml.Node]] = node.value
        return next((value for name, value in pairs if name.value == str(key)), None)
    return None
