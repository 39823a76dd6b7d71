"""Cut a customer's text into known words: what each word costs where it stands, then the cheapest path through them."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.understanding.lattice import PARTICLE_COST, Edge, Lattice
from kiosk.understanding.lexicon import Entry, Lexicon
from kiosk.understanding.meanings import Number, Word
from kiosk.understanding.spelling import Speller
from kiosk.understanding.text import MINUS, Text, script
from kiosk.understanding.tokens import Token

_MARKS = {".": "STOP", ",": "COMMA", "?": "QUESTION"}
_MOST_DIGITS = 9
_FREE_PARTICLES = frozenset({"EACH", "AND", "WANT"})


class Scanner:
    """Finds the words of a lexicon in texts."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the words."""
        self.lexicon = lexicon
        self.speller = Speller(lexicon)

    def scan(self, text: Text) -> list[Token]:
        """Return the tokens of a text; where words stay unknown, look for misspelt menu words once more."""
        lattice = Lattice(text, [list(self._edges(text, start)) for start in range(len(text.chars))])
        tokens = lattice.cheapest()
        if not any(token.unknown for token in tokens):
            return tokens
        guesses = list(self.speller.guesses(text, tokens))
        for start, edge in guesses:
            lattice.edges[start].append(edge)
        return lattice.cheapest() if guesses else tokens

    def _edges(self, text: Text, start: int) -> Iterator[Edge]:
        kind = script(text.chars[start])
        if kind == "mark":
            yield Edge(start + 1, 0.0, (Word(_MARKS[text.chars[start]]),))
            return
        if kind == "digit" and not (start and script(text.chars[start - 1]) == "digit" and text.touches(start)):
            yield from _digits(text, start)
        for end, entry in self.lexicon.matches(text.chars, start):
            if kind == "hangul":
                yield from _syllables(text, start, end, entry)
            elif text.starts[start]:
                yield from _letters(text, end, entry)


def _digits(text: Text, start: int) -> Iterator[Edge]:
    end = start + 1
    while end < len(text.chars) and script(text.chars[end]) == "digit" and text.touches(end):
        end += 1
    if end - start <= _MOST_DIGITS and text.chars[start - 1 : start] != MINUS:
        yield Edge(end, 0.9, (Number(int(text.chars[start:end]), digits=True),))


def _letters(text: Text, end: int, entry: Entry) -> Iterator[Edge]:
    """A word in letters stands between spaces, perhaps in the plural."""
    for ending in ("", "s", "es"):
        stop = end + len(ending)
        if text.chars[end:stop] == ending and text.ends(stop) and (not ending or len(entry.spelling) > 2):
            yield Edge(stop, 1.0 - 0.01 * len(entry.spelling), entry.meanings)
            return


def _syllables(text: Text, start: int, end: int, entry: Entry) -> Iterator[Edge]:
    """A word in Hangul may stand anywhere; the worse it fits between its neighbours, the more it costs."""
    if not entry.attached or (entry.plain and text.starts[start]):
        yield Edge(end, _word_cost(text, start, end, entry), entry.meanings, stem=entry.stem)
    elif not text.starts[start]:
        yield Edge(end, PARTICLE_COST, entry.meanings)
    elif end - start > 1 or any(not isinstance(m, Word) or m.tag in _FREE_PARTICLES for m in entry.meanings):
        yield Edge(end, 1.0, entry.meanings)
    elif text.ends(end):
        yield Edge(end, 1.4, entry.meanings)


def _word_cost(text: Text, start: int, end: int, entry: Entry) -> float:
    single = end - start == 1
    cost = 1.0 - 0.02 * (end - start) + _breaks_cost(text, start, end, entry)
    if single and entry.menu:
        return cost + (0.0 if text.starts[start] and text.ends(end) else 0.4)
    return cost + (_syllable_cost(text, start, end, entry) if single else 0.0)


def _breaks_cost(text: Text, start: int, end: int, entry: Entry) -> float:
    """Customers put spaces inside words, but a short word over the edge of two others is there by chance."""
    return sum(text.starts[start + 1 : end]) * (0.9 if end - start < 4 and entry.menu else 0.1)


def _syllable_cost(text: Text, start: int, end: int, entry: Entry) -> float:
    """One syllable of a function word is often a part of something else: it should stand free or count something."""
    numeric = any(isinstance(meaning, Number) for meaning in entry.meanings)
    counter = all(isinstance(meaning, Word) and meaning.tag.endswith("COUNTER") for meaning in entry.meanings)
    cost = 0.0
    if not text.starts[start] and not counter:
        cost += 0.5 if numeric else 1.6
    if not text.ends(end) and not numeric:
        cost += 0.5
    return cost
