"""Every test hangs up on its models before its event loop ends."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.serving.support import REGISTRIES


@pytest.fixture(autouse=True)
async def connections_end_with_the_test() -> AsyncIterator[None]:
    """Close the connections of every registry that the test has built."""
    yield
    while REGISTRIES:
        await REGISTRIES.pop().aclose()
