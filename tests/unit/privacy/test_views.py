"""Folding: what evades a rule is undone, and offsets lead back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.privacy.views import make_view

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("０１０", "010"),
        ("①②③", "123"),
        ("당ㄴㅛ", "당뇨"),
        ("ㄱㅣㅁㅅㅗㄹ", "김솔"),
        ("최.미.르", "최미르"),
        ("0\u200b1\u200b0", "010"),
        ("\u1103\u1161\u11bc", "당"),
        ("a＠b", "a@b"),
        ("ㅋㅋㅋ", "ㅋㅋㅋ"),
    ],
)
def test_undoes_what_hides_a_value(written: str, read: str) -> None:
    assert make_view(written).text == read


def test_a_placeholder_is_blank_to_the_rules() -> None:
    assert "NAME" not in make_view("제 이름은 <NAME_1>이에요").text


@given(st.text(max_size=200))
def test_every_character_leads_back_into_the_source_in_order(text: str) -> None:
    view = make_view(text)
    assert len(view.text) == len(view.lower) == len(view.starts) == len(view.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts)
