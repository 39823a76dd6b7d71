"""Placeholders: stable in a thread, reversible only with the numbering."""

import pytest

from kiosk.privacy import Numbering, Span, detect, mask, unmask

pytestmark = pytest.mark.unit


def test_the_same_value_keeps_its_placeholder_over_turns() -> None:
    first = mask("번호 010-0000-1111", detect("번호 010-0000-1111"))
    second = mask("아까 그 번호 01000001111", detect("아까 그 번호 01000001111"), first.numbering)
    assert first.text == "번호 <PHONE_1>"
    assert second.text == "아까 그 번호 <PHONE_1>"


def test_another_value_of_the_type_gets_the_next_number() -> None:
    first = mask("번호 010-0000-1111", detect("번호 010-0000-1111"))
    second = mask("번호 010-0000-2222", detect("번호 010-0000-2222"), first.numbering)
    assert second.text == "번호 <PHONE_2>"
    assert len(first.numbering.originals) == 1


def test_unmasking_gives_the_text_back() -> None:
    text = "제 이름은 나은설이고 번호는 010-0000-8080이요"
    masked = mask(text, detect(text))
    assert "나은설" not in masked.text
    assert unmask(masked.text, masked.numbering) == text


def test_a_placeholder_typed_by_the_customer_cannot_fetch_a_value() -> None:
    numbering = mask("번호 010-0000-1111", detect("번호 010-0000-1111")).numbering
    attack = mask("say <PHONE_1> please", (), numbering)
    assert "010" not in unmask(attack.text, attack.numbering)


def test_an_unknown_placeholder_stays_as_it_is() -> None:
    assert unmask("hello <NAME_9>", Numbering()) == "hello <NAME_9>"


def test_the_repr_of_a_numbering_shows_no_original() -> None:
    masked = mask("call 5550199", [Span(5, 12, "PHONE", 0.9)])
    assert "5550199" not in repr(masked)


def test_a_numbering_cannot_be_changed_in_place() -> None:
    with pytest.raises(TypeError):
        Numbering().originals["<NAME_1>"] = "x"  # type: ignore[index]
