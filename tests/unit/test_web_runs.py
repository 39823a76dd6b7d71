"""What the server remembers of requests."""

from __future__ import annotations

import pytest

from kiosk.web.errors import ApiError
from kiosk.web.runs import Run, Runs
from kiosk.web.schemas import View

pytestmark = pytest.mark.unit

ASKED = '{"message": "my number is 010-2345-6789"}'


async def nothing(run: Run) -> View:
    raise ApiError(409, "not_possible", "nothing to do")


async def test_a_request_is_recognised_by_a_digest_that_does_not_tell_what_was_said() -> None:
    runs, others = Runs(), Runs()
    run = runs.start(("a", "r-1"), ASKED, nothing)
    assert runs.start(("a", "r-1"), ASKED, nothing) is run
    with pytest.raises(ApiError) as refused:
        runs.start(("a", "r-1"), ASKED.replace("9", "8"), nothing)
    assert refused.value.reason == "request_id_reused"
    assert "2345" not in repr(vars(run))
    # Telephone numbers are few enough to try all of them against a digest without a key.
    assert others.start(("a", "r-1"), ASKED, nothing).fingerprint != run.fingerprint
    await runs.close(5)
    await others.close(5)
