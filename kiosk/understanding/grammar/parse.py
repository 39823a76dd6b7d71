"""From tokens to frames, from left to right.

Options before an item belong to it when nothing stands between; options after an item belong to the item before them.
In languages whose verbs come last a verb ends a frame, in others it begins one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from kiosk.menu import Menu
from kiosk.understanding.grammar import boundaries, heads, options, portions, quantities, references, verbs
from kiosk.understanding.grammar.frames import Frame
from kiosk.understanding.grammar.reading import Reading
from kiosk.understanding.tokens import Token

Reader = Callable[[Reading, Token], bool]

_READERS: tuple[Reader, ...] = (
    boundaries.read,
    quantities.read,
    heads.read_unknown,
    options.read,
    heads.read,
    references.read,
    portions.read,
    verbs.read,
)
"""The first that takes a word keeps it: one word may have meanings for several of them."""


def parse(
    menu: Menu, tokens: Sequence[Token], present: Collection[str], skipped: list[Token] | None = None
) -> list[Frame]:
    """Return the frames of a clause in the order in which they were said.

    Args:
        menu: The menu.
        tokens: The clause.
        present: The items on the order, which short names may mean.
        skipped: Takes the words that no reader had a use for.
    """
    reading = Reading(menu, tokens, present)
    while reading.at < len(tokens):
        token = tokens[reading.at]
        reading.at += 1
        if not any(read(reading, token) for read in _READERS) and skipped is not None:
            skipped.append(token)
    reading.flush_waiting()
    reading.close()
    reading.done += reading.shelved
    return reading.done
