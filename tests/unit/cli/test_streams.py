"""Standard streams: lines as they come, whatever they hold."""

import io

import pytest

from kiosk.cli import streams
from kiosk.cli.streams import as_utf8, lines

pytestmark = pytest.mark.unit


def test_a_line_ends_at_a_line_feed_and_nowhere_else() -> None:
    source = io.StringIO("하나\r\n\n둘\u2028셋\x0b넷\n마지막", newline="")
    assert list(lines(source)) == ["하나", "", "둘\u2028셋\x0b넷", "마지막"]


def test_an_endless_line_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_LONGEST_LINE", 4)
    assert list(lines(io.StringIO("가나다라마바"))) == ["가나다라", "마바"]


def test_arguments_that_the_locale_could_not_read_are_utf8_again() -> None:
    mistaken = "라떼".encode().decode("ascii", errors="surrogateescape")
    broken = b"\xff".decode("ascii", errors="surrogateescape")
    assert as_utf8([mistaken, broken, "ok"]) == ["라떼", "\ufffd", "ok"]
