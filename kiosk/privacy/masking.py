"""Replaces spans by placeholders that stay the same for the same value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kiosk.privacy.spans import SPAN_TYPES, Detection, Span
from kiosk.privacy.views import make_view
from kiosk.privacy.written import digits_of, is_number

_PLACEHOLDER = re.compile(r"<([A-Z][A-Z_]{1,15})_(\d{1,6})>")
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Numbering:
    """Which placeholder stands for which value, over the turns of one thread.

    It holds the originals, so it belongs in the vault and never in state, checkpoints, logs or traces;
    its repr shows none of them.

    Attributes:
        originals: The value behind each placeholder; empty where it has been erased.
    """

    originals: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Freeze the mapping."""
        object.__setattr__(self, "originals", MappingProxyType(dict(self.originals)))

    def assign(self, type_: str, original: str) -> tuple[str, Numbering]:
        """Return the placeholder of a value and the numbering that knows it.

        Args:
            type_: The type of the span.
            original: The value; one that differs only in case, width, separators, or in being said and not typed, gets
                the same placeholder.
        """
        wanted = _key(type_, original)
        taken = 0
        for placeholder, known in self.originals.items():
            kind, number = _parts(placeholder)
            if kind != type_:
                continue
            if known and _key(type_, known) == wanted:
                return placeholder, self
            taken = max(taken, number)
        placeholder = f"<{type_}_{taken + 1}>"
        return placeholder, Numbering({**self.originals, placeholder: original})

    def without_originals(self) -> Numbering:
        """Return a numbering that knows which placeholders were given, and no longer for what."""
        return Numbering(dict.fromkeys(self.originals, ""))


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its spans replaced.

    Attributes:
        text: What may leave the machine when policy says so.
        numbering: The numbering after this text.
    """

    text: str
    numbering: Numbering


def mask(
    text: str, found: Detection | Iterable[Span], numbering: Numbering | None = None, *, keep: bool = False
) -> Masked:
    """Replace spans by placeholders such as <NAME_1>.

    A placeholder that the customer typed is made harmless, so that nobody can ask for another value back.

    Args:
        text: The text that was given to `detect`.
        found: Its detection, or spans that are sorted and do not overlap.
        numbering: What earlier turns of the thread were given.
        keep: The text has been masked before, so the placeholders in it are not the customer's.
    """
    numbering = numbering or Numbering()
    between = str if keep else defused
    spans = found.spans if isinstance(found, Detection) else tuple(found)
    pieces: list[str] = []
    position = 0
    for span in spans:
        placeholder, numbering = numbering.assign(span.type, text[span.start : span.end])
        pieces += (between(text[position : span.start]), placeholder)
        position = span.end
    pieces.append(between(text[position:]))
    return Masked("".join(pieces), numbering)


def unnumbered(text: str, spans: Iterable[Span]) -> str:
    """Replace spans by their types alone, where nobody will ever ask for the originals.

    Args:
        text: The text that was given to `detect`.
        spans: Sorted and not overlapping.
    """
    pieces: list[str] = []
    position = 0
    for span in spans:
        pieces += (text[position : span.start], f"<{span.type}>")
        position = span.end
    return "".join((*pieces, text[position:]))


def unmask(text: str, numbering: Numbering) -> str:
    """Put the originals back; a placeholder nobody assigned stays as it is.

    Args:
        text: A masked text, or a reply to one.
        numbering: The numbering of the thread.
    """
    return _PLACEHOLDER.sub(lambda found: numbering.originals.get(found.group()) or found.group(), text)


def placeholders(text: str) -> tuple[str, ...]:
    """Return the placeholders of personal data in a text, in order."""
    return tuple(found.group() for found in _found(text)) if "<" in text else ()


def beside_placeholders(text: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans that do not touch a placeholder: masking again must not eat what masking has left."""
    taken = [found.span() for found in _found(text)] if "<" in text else []
    return tuple(span for span in spans if not any(span.start < end and start < span.end for start, end in taken))


def type_of(placeholder: str) -> str:
    """Return the type of the span that a placeholder stands for."""
    return _parts(placeholder)[0]


def defused(text: str) -> str:
    """Make placeholders that a customer typed harmless; their numbers must not count as quantities either."""
    return _PLACEHOLDER.sub(lambda found: f"‹{found[1]}›", text) if "<" in text else text


def _found(text: str) -> Iterator[re.Match[str]]:
    return (found for found in _PLACEHOLDER.finditer(text) if found[1] in SPAN_TYPES)


def _parts(placeholder: str) -> tuple[str, int]:
    kind, _, number = placeholder[1:-1].rpartition("_")
    return kind, int(number)


def _key(type_: str, original: str) -> str:
    digits = digits_of(original) if is_number(type_) else ""
    if digits:
        return digits
    folded = make_view(original).lower
    return _SEPARATORS.sub("", folded) or folded
