"""Where the menu cannot answer for an allergy the kiosk calls a person, in the customer's language, and says so."""

import pytest

from kiosk.ordering import Question
from tests.unit.replies.play import Say

pytestmark = pytest.mark.unit


def test_a_question_that_the_menu_knows_the_answer_to_needs_nobody(at_cafe: Say) -> None:
    asked = Question(topic="allergens", items=("macaron",), with_allergens=("nuts",))
    assert at_cafe(questions=[asked])[0].needs_staff is None


@pytest.mark.parametrize(
    ("language", "person"),
    [("ko", "직원을 불러"), ("en", "calling a member of staff"), ("ja", "スタッフ"), ("zh", "工作人员")],
)
def test_a_question_about_something_that_the_menu_does_not_know_calls_staff(
    at_cafe: Say, language: str, person: str
) -> None:
    reply, _ = at_cafe(language=language, questions=[Question(topic="allergens", text="sesame")])
    assert reply.needs_staff == "allergy"
    assert person in reply.text
