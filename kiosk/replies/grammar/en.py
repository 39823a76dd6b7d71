"""English plurals, articles and capital letters."""

from __future__ import annotations

import re

_HISSING = ("s", "x", "z", "ch", "sh")
_SENTENCE_START = re.compile(r"(^|[.!?]\s+|\n)([a-z])")


def inflect(word: str, form: str) -> str:
    """Return the plural (form `s`) of a noun or the noun with its article (form `a`); keep it for any other form."""
    if form == "s":
        return _plural(word)
    if form == "a":
        return f"{'an' if word[:1].casefold() in tuple('aeiou') else 'a'} {word}"
    return word


def polish(text: str) -> str:
    """Begin every sentence with a capital letter."""
    return _SENTENCE_START.sub(lambda match: match.group(1) + match.group(2).upper(), text)


def _plural(word: str) -> str:
    if re.search(r"[^s]s$", word):
        return word  # noodles, fritters: the name is a plural already
    if re.search(r"[^aeiou]y$", word, re.IGNORECASE):
        return f"{word[:-1]}ies"
    return f"{word}es" if word.casefold().endswith(_HISSING) else f"{word}s"
