"""A shop's hours and days, wherever the shop is and whatever its clocks do."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from kiosk.storage.periods import by_day, by_hour, moment_of

pytestmark = pytest.mark.unit


@pytest.fixture
def shop_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Moves the shop to a time zone."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def test_an_hour_of_a_zone_with_a_half_hour_begins_on_its_own_clock(shop_in: Callable[[str], None]) -> None:
    shop_in("Asia/Kolkata")
    quarter = datetime(2026, 3, 4, 4, 15, tzinfo=UTC)
    tally = by_hour([(moment_of(quarter.timestamp()), {"turns": 2})], date(2026, 3, 4))
    assert len(tally) == 24
    assert [(f"{start:%H:%M}", sums) for start, sums in tally.items() if sums] == [("09:00", {"turns": 2})]


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
def test_the_days_on_which_clocks_are_set_have_all_their_hours(
    shop_in: Callable[[str], None], day: date, hours: int
) -> None:
    shop_in("America/New_York")
    midnight = datetime.combine(day, datetime.min.time()).astimezone(UTC)
    moments = [moment_of((midnight + timedelta(hours=hour, minutes=45)).timestamp()) for hour in range(hours)]
    tally = by_hour([(moment, {"turns": 1}) for moment in moments], day)
    assert [sums["turns"] for sums in tally.values()] == [1] * hours
    assert by_day([(moment, {"turns": 1}) for moment in moments], day, day).popitem()[1] == {"turns": hours}
