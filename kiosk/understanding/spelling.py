"""Misspelt words of the menu: what stands around an unknown stretch, compared letter by letter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from kiosk.understanding.lattice import Edge
from kiosk.understanding.lexicon import Entry, Lexicon
from kiosk.understanding.text import Text, is_unspaced, jamo, script, sound
from kiosk.understanding.tokens import Token

_COST, _LETTER_COST = 1.2, 0.5
_BREAK_COST, _SYLLABLE_BREAK_COST = 0.3, 0.7
_LONGEST_WORD, _LONGEST_UNKNOWN, _REACH = 16, 40, 8
_MOST_GUESSES = 500
"""A turn of nothing but unknown words must not take longer than a person would wait."""


class Speller:
    """Finds the menu word that a misspelt one most likely is."""

    def __init__(self, lexicon: Lexicon) -> None:
        """Take the menu's words from a lexicon."""
        self.words = lexicon.misspellable
        self.nearest = lru_cache(maxsize=4096)(self._nearest)

    def guesses(self, text: Text, tokens: list[Token]) -> Iterator[tuple[int, Edge]]:
        """Yield edges for menu words within a letter or two of what stands around unknown tokens, with their start."""
        for guess, (start, end) in enumerate(_windows(text, tokens)):
            if guess == _MOST_GUESSES:
                return
            word = text.chars[start:end]
            match = self._same_sound(word) or self.nearest(
                jamo(word.removesuffix("s") if len(word) > 4 else word), is_unspaced(word[0])
            )
            if match is not None:
                entry, letters = match
                breaks = _SYLLABLE_BREAK_COST if is_unspaced(word[0]) else _BREAK_COST
                cost = _COST + _LETTER_COST * letters + breaks * sum(text.starts[start + 1 : end])
                yield start, Edge(end, cost, entry.meanings, fuzzy=True)

    def _same_sound(self, word: str) -> tuple[Entry, int] | None:
        entry = self._sounds.get(sound(word)) if is_unspaced(word[0]) else None
        return (entry, 0) if entry is not None and entry.spelling != word else None

    @cached_property
    def _sounds(self) -> dict[str, Entry]:
        """Words by how they sound, where that is no other word."""
        entries: dict[str, list[Entry]] = {}
        for entry in self.words.values():
            if is_unspaced(entry.spelling[0]) and len(entry.spelling) > 1:
                entries.setdefault(sound(entry.spelling), []).append(entry)
        return {heard: alike[0] for heard, alike in entries.items() if all(_means(one, alike[0]) for one in alike)}

    def _nearest(self, spelling: str, syllables: bool) -> tuple[Entry, int] | None:
        limit = _letters_off(spelling, syllables)
        if not limit:
            return None
        # A letter is sooner left out of a short word than put in or changed: "icd" is "iced", "set" is not "wet".
        least = 1 if len(spelling) < 4 else -limit
        near = [key for more in range(least, limit + 1) for key in self._alike.get(_kind(spelling, more), ())]
        match = process.extractOne(spelling, near, scorer=Levenshtein.distance, score_cutoff=limit, processor=None)
        return (self.words[match[0]], int(match[1])) if match is not None and match[1] > 0 else None

    @cached_property
    def _alike(self) -> dict[tuple[str, int], list[str]]:
        """Words of other scripts or of very different lengths are never within a letter or two of each other."""
        kinds: dict[tuple[str, int], list[str]] = {}
        for spelling in self.words:
            kinds.setdefault(_kind(spelling), []).append(spelling)
        return kinds


def _means(one: Entry, other: Entry) -> bool:
    return one.meanings == other.meanings


def _kind(spelling: str, more: int = 0) -> tuple[str, int]:
    return script(spelling[0]), len(spelling) + more


def _letters_off(spelling: str, syllables: bool) -> int:
    """Return how many letters a word may be off: short words of syllables have too many neighbours to guess at."""
    if len(spelling) < (6 if syllables else 3):
        return 0
    return 1 if len(spelling) < 8 else 2 if len(spelling) < 14 else 3


def _windows(text: Text, tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Yield stretches that overlap an unknown token and could be one menu word: whole words, or parts of one word."""
    borders = {token.start for token in tokens}
    seen: set[tuple[int, int]] = set()
    for token in tokens:
        if not token.unknown or token.end - token.start > _LONGEST_UNKNOWN:
            continue
        low, high = _around(text, token)
        starts = [at for at in range(low, token.end) if text.starts[at] or at in borders]
        ends = [at for at in range(token.start + 1, high + 1) if _may_end(text, at)]
        for start in starts:
            for end in ends:
                if 2 <= end - start <= _LONGEST_WORD and (start, end) not in seen and _plausible(text, start, end):
                    seen.add((start, end))
                    yield start, end


def _plausible(text: Text, start: int, end: int) -> bool:
    """A word inside a longer one may be misspelt, but not one that runs over the edge of two words."""
    if len({script(char) for char in text.chars[start:end]}) > 1:
        return False
    return not any(text.starts[start + 1 : end]) or (text.starts[start] and text.ends(end))


def _around(text: Text, token: Token) -> tuple[int, int]:
    low, high = token.start, token.end
    while low > 0 and token.start - low < _REACH and script(text.chars[low - 1]) != "mark":
        low -= 1
    while high < len(text.chars) and high - token.end < _REACH and script(text.chars[high]) != "mark":
        high += 1
    return low, high


def _may_end(text: Text, position: int) -> bool:
    return text.ends(position) or is_unspaced(text.chars[position - 1])
