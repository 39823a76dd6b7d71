"""The grammar: the tokens of a clause become frames."""

from kiosk.understanding.grammar.frames import Flag, Frame, Head, OptionMention
from kiosk.understanding.grammar.parse import parse

__all__ = ["Flag", "Frame", "Head", "OptionMention", "parse"]
