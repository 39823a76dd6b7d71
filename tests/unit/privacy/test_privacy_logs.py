"""The second wall in front of logs: whatever a library writes, what looks personal is not in it."""

import io
import logging
from collections.abc import Iterator

import pytest

from kiosk.privacy.logs import guard_logs

pytestmark = pytest.mark.unit

PHONE = "010-2345-6789"


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    logger = logging.getLogger("tests.privacy.logs")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    guard_logs(logger)
    guard_logs(logger)
    yield logger, stream
    logger.removeHandler(handler)


def test_messages_and_arguments_lose_what_is_personal(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.info("asked: %s", {"content": f"my phone number is {PHONE}"})
    assert stream.getvalue() == "INFO tests.privacy.logs: asked: {'content': 'my phone number is <PHONE>'}\n"


def test_exceptions_and_their_causes_lose_it_too(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    try:
        try:
            raise ValueError(f"bad turn: 제 번호는 {PHONE}")
        except ValueError as cause:
            raise RuntimeError(f"call {PHONE}") from cause
    except RuntimeError:
        logger.exception("turn failed")
    written = stream.getvalue()
    assert "RuntimeError" in written
    assert "ValueError" in written
    assert PHONE not in written


def test_codes_and_places_stay_readable(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.warning("attempt failed: endpoint=%s cause=%s detail=%s", "cloud-openai", "timeout", "APITimeoutError 408")
    assert "endpoint=cloud-openai cause=timeout detail=APITimeoutError 408" in stream.getvalue()


def test_a_record_that_cannot_be_shown_never_raises(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.info("%d of them", PHONE)
    assert PHONE not in stream.getvalue()
    assert "cannot be shown" in stream.getvalue()
