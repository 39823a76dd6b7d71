"""The two restaurants, ready to play turns."""

import pytest

from kiosk.ordering import Rules
from tests.unit.data.menus import menus
from tests.unit.replies.play import Say, player


@pytest.fixture(scope="session")
def at_cafe() -> Say:
    return player(Rules(menus()["haru_cafe"]))


@pytest.fixture(scope="session")
def at_snack_bar() -> Say:
    return player(Rules(menus()["snack_bar"]))
