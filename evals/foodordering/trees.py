"""Orders as trees, `(INTENT (NUMBER 1 ) (SLOT value ) )`, equal when they hold the same in any order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[()]|[^\s()]+")


@dataclass(frozen=True)
class Node:
    """A label with subtrees, or with the words of a value."""

    label: str
    children: tuple[Node, ...] = ()
    value: str = ""

    def text(self) -> str:
        """Write the node as the dataset does."""
        inside = " ".join(child.text() for child in self.children) or self.value
        return f"({self.label} {inside} )"

    def key(self) -> str:
        """Return what is the same for all nodes that hold the same in another order."""
        inside = " ".join(sorted(child.key() for child in self.children))
        return f"({self.label.upper()} {inside} {self.value.lower()})"


def parse(text: str) -> tuple[Node, ...]:
    """Read the trees of a text.

    Raises:
        ValueError: The parentheses do not fit.
    """
    tokens = _TOKEN.findall(text)
    trees: list[Node] = []
    position = 0
    while position < len(tokens):
        tree, position = _node(tokens, position)
        trees.append(tree)
    return tuple(trees)


def same(got: Iterable[Node], expected: Iterable[Node]) -> bool:
    """Tell whether two orders hold the same trees, in any order."""
    return Counter(tree.key() for tree in got) == Counter(tree.key() for tree in expected)


def _node(tokens: Sequence[str], position: int) -> tuple[Node, int]:
    if tokens[position] != "(" or position + 1 >= len(tokens):
        raise ValueError(f"'(' and a label expected at token {position + 1}")
    label, position = tokens[position + 1], position + 2
    children: list[Node] = []
    words: list[str] = []
    while position < len(tokens) and tokens[position] != ")":
        if tokens[position] == "(":
            child, position = _node(tokens, position)
            children.append(child)
        else:
            words.append(tokens[position])
            position += 1
    if position >= len(tokens):
        raise ValueError("')' expected at the end")
    return Node(label, tuple(children), " ".join(words)), position + 1
