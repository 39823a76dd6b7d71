"""Cut a customer's text into known words: what each word costs where it stands, then the cheapest path through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kiosk.understanding.lattice import PARTICLE_COST, Edge, Lattice
from kiosk.understanding.lexicon import Entry, Lexicon
from kiosk.understanding.meanings import Number, Word
from kiosk.understanding.spelling import Speller
from kiosk.understanding.text import MINUS, UNSPACED_SCRIPTS, Text, is_unspaced, script
from kiosk.understanding.tokens import Token

_MARKS = {".": "STOP", ",": "COMMA", "?": "QUESTION"}
_MOST_DIGITS, _MOST_DIGITS_BESIDE_DASHES = 9, 2
_BREAK_COST = 0.3
_CHARACTER_COST = 0.2
_COUNTING_COST = 0.3
"""A number with its counter in the middle of a word: "넣어서두잔"."""
_FREE_PARTICLES = frozenset({"EACH", "AND", "WANT"})


class Scanner:
    """Finds the words of a lexicon in texts."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the words."""
        self.lexicon = lexicon
        self.speller = Speller(lexicon)

    def scan(self, text: Text) -> list[Token]:
        """Return the tokens of a text; where words stay unknown, look for misspelt menu words once more."""
        lattice = Lattice(text, [_joined(self._edges(text, start)) for start in range(len(text.chars))])
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
        if kind == "digit":
            yield from _digits(text, start)
        for end, entry in self.lexicon.matches(text.chars, start):
            if kind in UNSPACED_SCRIPTS:
                counts = entry.bound and self._counted(text, end)
                if counts or not entry.only_bound:
                    yield from _syllables(text, start, end, entry, counts)
            elif text.starts[start]:
                yield from _letters(text, start, end, entry)

    def _counted(self, text: Text, position: int) -> bool:
        """Tell whether a counter, or the rest of a number, comes next."""
        return any(entry.counts for _, entry in self.lexicon.matches(text.chars, position))


def _joined(edges: Iterable[Edge]) -> list[Edge]:
    """A plural may be a word of its own as well: what ends at the same place has all meanings, its own first."""
    joined: dict[int, Edge] = {}
    for edge in edges:
        other = joined.get(edge.end)
        if other is None:
            joined[edge.end] = edge
        else:
            first, second = sorted((other, edge), key=lambda one: one.cost)
            more = (meaning for meaning in second.meanings if meaning not in first.meanings)
            joined[edge.end] = replace(first, meanings=(*first.meanings, *more))
    return list(joined.values())


def _digits(text: Text, start: int) -> Iterator[Edge]:
    """A number; many digits with dashes between them are a telephone number or the like, and count nothing."""
    if start > 0 and script(text.chars[start - 1]) == "digit" and text.gap(start) == "":
        return
    end = start + 1
    while end < len(text.chars) and script(text.chars[end]) == "digit" and text.gap(end) == "":
        end += 1
    dashed = any(_is_dashed(text, at) for at in (start, end) if 0 < at < len(text.chars))
    negative = text.chars[start - 1 : start] == MINUS
    if end - start <= (_MOST_DIGITS_BESIDE_DASHES if dashed else _MOST_DIGITS) and not negative:
        yield Edge(end, 0.9, (Number(int(text.chars[start:end]), digits=True),))


def _is_dashed(text: Text, position: int) -> bool:
    """Tell whether something that is no space stands between two digits."""
    digits = script(text.chars[position - 1]) == script(text.chars[position]) == "digit"
    return digits and bool(text.gap(position).strip())


def _letters(text: Text, start: int, end: int, entry: Entry) -> Iterator[Edge]:
    """A word in letters stands between spaces, perhaps in the plural; "a tall" is not "at all"."""
    broken = sum(text.starts[at] and at - start not in entry.breaks for at in range(start + 1, end))
    if broken and not entry.menu:
        return
    for ending in ("", "s", "es"):
        stop = end + len(ending)
        if (
            text.chars[end:stop] == ending
            and (text.ends(stop) or is_unspaced(text.chars[stop - 1]))
            and (not ending or len(entry.spelling) > 2)
        ):
            cost = 1.0 - 0.01 * len(entry.spelling) + _BREAK_COST * broken
            # "ones" are things, and no number.
            meanings = tuple(meaning for meaning in entry.meanings if not (ending and isinstance(meaning, Number)))
            if meanings:
                yield Edge(stop, cost, meanings)
            return


def _syllables(text: Text, start: int, end: int, entry: Entry, counts: bool) -> Iterator[Edge]:
    """A word of a script without spaces may stand anywhere; the worse it fits there, the more it costs."""
    if not entry.attached or (entry.plain and text.starts[start]):
        within = counts and not text.starts[start]
        cost = _COUNTING_COST if within else _word_cost(text, start, end, entry)
        yield Edge(end, cost, entry.meanings, stem=entry.stem)
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
    if script(entry.spelling) == "han":
        return _CHARACTER_COST  # a Chinese character is a word
    numeric = any(isinstance(meaning, Number) for meaning in entry.meanings)
    counter = all(isinstance(meaning, Word) and meaning.tag.endswith("COUNTER") for meaning in entry.meanings)
    cost = 0.0
    if not text.starts[start] and not counter:
        cost += 0.5 if numeric else 1.6
    if not text.ends(end) and not numeric and not counter:
        cost += 0.5
    return cost
