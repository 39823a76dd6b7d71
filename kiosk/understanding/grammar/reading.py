"""A clause while it is read from left to right: the place, the frame being filled and the frames that are done."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kiosk.menu import Menu
from kiosk.understanding.grammar.frames import Flag, Frame, Head, OptionMention
from kiosk.understanding.tokens import Token

_KIND_FLAGS: frozenset[Flag] = frozenset({"part", "want", "only"})
_SPEAKS_WITHOUT_SUBJECT: tuple[Flag, ...] = ("correct", "change", "only", "part", "each", "plain")


class Reading:
    """The state of reading one clause; the modules beside this one each read one kind of word.

    `waiting` options and the `number` (or `article`) belong to an item that is yet to come. `separated` tells that a
    comma or "and" stands behind the frame's first `mark` options. `selecting`: the next option says which units are
    meant. `named` are options that were named without a value just now, `revised` is a number that was taken back.
    `shelved` are kinds that were said with their numbers before the item. `share`: the next number is of the options
    just said.
    """

    def __init__(self, menu: Menu, tokens: Sequence[Token], present: Collection[str]) -> None:
        """Start at the first token; `present` are the items on the order, which short names may mean."""
        self.menu = menu
        self.tokens = tokens
        self.present = present
        self.at = 0
        self.done: list[Frame] = []
        self.frame = Frame()
        self.waiting: list[OptionMention] = []
        self.number: int | None = None
        self.article = False
        self.separated = False
        self.mark = 0
        self.selecting = False
        self.named: tuple[str, ...] = ()
        self.revised: int | None = None
        self.shelved: list[Frame] = []
        self.share = False

    def peek(self, skip: int = 0) -> Token | None:
        """Return the token after the one being read, or a later one."""
        position = self.at + skip
        return self.tokens[position] if position < len(self.tokens) else None

    def back(self, steps: int = 1) -> Token | None:
        """Return the token before the one being read, or an earlier one."""
        position = self.at - 1 - steps
        return self.tokens[position] if position >= 0 else None

    def previous(self) -> Token | None:
        """Return the token before the one being read, without articles and words that do nothing."""
        steps = 1
        while (token := self.back(steps)) is not None and (token.silent or _is_article(token)):
            steps += 1
        return token

    def skip_endings(self) -> None:
        """Go past verb endings that are glued to what was just read."""
        while (token := self.peek()) is not None and token.glued and token.has("END", "WANT"):
            self.at += 1

    def separate(self) -> None:
        """Take note of a comma or an "and"."""
        self.separated = True
        self.mark = len(self.frame.options)

    def take_separated_options(self) -> list[OptionMention]:
        """Return the frame's options since the last comma or "and" and take them out of it."""
        taken = self.frame.options[self.mark :]
        del self.frame.options[self.mark :]
        return taken

    def shelve(self, leads: bool) -> None:
        """As in "three hot and two iced lattes": keep the first number with its options for the item to come."""
        frame = self.frame
        described = frame.head is None and frame.quantity is not None and not frame.selector
        kinds = described and any(mention.is_choice for mention in frame.options)
        if leads and kinds and self.separated and frame.flags <= _KIND_FLAGS:
            self.shelved.append(frame)
            self.frame = Frame()

    def flush_waiting(self) -> None:
        """Give options whose item did not come to what was talked about before."""
        if self.waiting:
            self.open_option_frame()
            self.frame.options += self.waiting
            self.waiting = []

    def open_option_frame(self) -> None:
        """Options after a finished frame go on with what that frame was about."""
        if self.frame.has("closed") and not self.frame.empty:
            self.close()

    def open_reference(self, head: Head) -> None:
        """Begin a frame about units that are there."""
        if not self.frame.bare:
            self.close()
        self.frame.head = head

    def close_if_full(self) -> None:
        """End the frame where another item cannot belong to it."""
        if self.frame.head is not None or self.frame.has("closed"):
            self.close()

    def close(self) -> None:
        """End the frame; one that says nothing is dropped."""
        if not self.frame.empty or self.frame.unknown or self.frame.has(*_SPEAKS_WITHOUT_SUBJECT):
            self.done.append(self.frame)
        self.frame = Frame()
        self.separated = False


def _is_article(token: Token) -> bool:
    return token.number is not None and token.number.article
