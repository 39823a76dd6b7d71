"""The cheapest way to cut a text into known words, unknown stretches and verb endings (Viterbi over positions)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from kiosk.understanding.meanings import Meaning
from kiosk.understanding.text import Text, is_unspaced, script
from kiosk.understanding.tokens import Token

Mode = Literal["word", "stem", "tail", "unknown"]
"""What ends at a position: a word, a stem that may take an ending, a verb ending, an unknown stretch."""

_UNKNOWN_OPEN, _UNKNOWN_CHAR, _TAIL_CHAR = 2.0, 0.9, 0.55
_GLUED_TO_UNKNOWN = 0.8
PARTICLE_COST = 0.3


@dataclass(frozen=True, slots=True)
class Edge:
    """A known word from some position to `end`; the lower the cost, the better it fits there."""

    end: int
    cost: float
    meanings: tuple[Meaning, ...]
    stem: bool = False
    fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    cost: float
    start: int
    previous: tuple[int, Mode] | None
    edge: Edge | None


class Lattice:
    """All words found in a text, by where they begin."""

    def __init__(self, text: Text, edges: list[list[Edge]]) -> None:
        """Take the edges that begin at each position."""
        self.text = text
        self.edges = edges
        self.best: list[dict[Mode, _Step]] = []

    def cheapest(self) -> list[Token]:
        """Return the tokens of the cheapest path."""
        size = len(self.text.chars)
        self.best = [{} for _ in range(size + 1)]
        self.best[0]["word"] = _Step(0.0, 0, None, None)
        for position in range(size):
            for mode, step in list(self.best[position].items()):
                self._follow_words(position, mode, step)
                if script(self.text.chars[position]) != "mark":
                    self._follow_tail(position, mode, step)
                    self._follow_unknown(position, mode, step)
        return self._backtrack() if self.best[size] else []

    def _offer(self, position: int, mode: Mode, step: _Step) -> None:
        known = self.best[position].get(mode)
        if known is None or step.cost < known.cost:
            self.best[position][mode] = step

    def _follow_words(self, position: int, mode: Mode, step: _Step) -> None:
        after_unknown = mode == "unknown" and not self.text.starts[position]
        for edge in self.edges[position]:
            # A particle may follow an unknown word; any other word inside one is there by chance.
            join = _GLUED_TO_UNKNOWN if after_unknown and edge.cost > PARTICLE_COST else 0.0
            cost = step.cost + edge.cost + join
            self._offer(edge.end, "stem" if edge.stem else "word", _Step(cost, position, (position, mode), edge))

    def _follow_tail(self, position: int, mode: Mode, step: _Step) -> None:
        """Verb endings are not listed anywhere: after a stem, what follows in the same word is its ending."""
        inside = not self.text.starts[position] and script(self.text.chars[position]) in ("hangul", "kana")
        if mode in ("stem", "tail") and inside:
            self._offer(position + 1, "tail", _Step(step.cost + _TAIL_CHAR, position, (position, mode), None))

    def _follow_unknown(self, position: int, mode: Mode, step: _Step) -> None:
        glued = not self.text.starts[position]
        if mode == "unknown":
            opening = 0.0 if glued else _UNKNOWN_OPEN
        else:
            opening = _UNKNOWN_OPEN + (_GLUED_TO_UNKNOWN if glued else 0.0)
        cost = step.cost + opening + _UNKNOWN_CHAR
        self._offer(self._unknown_end(position), "unknown", _Step(cost, position, (position, mode), None))

    def _unknown_end(self, start: int) -> int:
        """A word of a script without spaces may be half known, any other word is known or not."""
        end = start + 1
        while not is_unspaced(self.text.chars[start]) and not self.text.ends(end):
            end += 1
        return end

    def _backtrack(self) -> list[Token]:
        position = len(self.text.chars)
        mode = min(self.best[position], key=lambda name: self.best[position][name].cost)
        tokens: list[Token] = []
        while (step := self.best[position][mode]).previous is not None:
            if mode != "tail":
                tokens.append(self._token(step, position))
            position, mode = step.previous
        return _merge(self.text, tokens[::-1])

    def _token(self, step: _Step, end: int) -> Token:
        glued = not self.text.starts[step.start] and step.start > 0
        meanings, fuzzy = (step.edge.meanings, step.edge.fuzzy) if step.edge else ((), False)
        return Token(step.start, end, self.text.original(step.start, end), meanings, glued, fuzzy)


def _merge(text: Text, tokens: list[Token]) -> list[Token]:
    """Join neighbouring unknown stretches of one word."""
    merged: list[Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        if last is not None and token.unknown and last.unknown and token.glued and last.end == token.start:
            merged[-1] = replace(last, end=token.end, text=text.original(last.start, token.end))
        else:
            merged.append(token)
    return merged
