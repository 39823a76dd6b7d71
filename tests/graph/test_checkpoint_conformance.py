"""The savers pass LangGraph's own conformance suite: whatever a server calls on a saver works on ours."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.conformance import checkpointer_test, validate

from graph.persistence import close_checkpoints, open_checkpoints

pytestmark = pytest.mark.graph

CAPABILITIES = {
    "put",
    "put_writes",
    "get_tuple",
    "list",
    "delete_thread",
    "delete_for_runs",
    "copy_thread",
    "prune",
}
KEY = "a key for tests only"


def savers_at(url: str, key: str | None) -> Callable[[], AsyncIterator[BaseCheckpointSaver[str]]]:
    async def opened() -> AsyncIterator[BaseCheckpointSaver[str]]:
        saver = open_checkpoints(url, key)
        try:
            yield saver
        finally:
            close_checkpoints(saver)

    return opened


@pytest.mark.parametrize("key", [None, KEY], ids=["in clear", "encrypted"])
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
async def test_a_saver_does_all_that_langgraph_asks_of_one(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, key: str | None
) -> None:
    url = f"sqlite:///{tmp_path / 'kiosk.db'}"
    if database == "postgres":
        url = request.getfixturevalue("postgres_url")
    registered: Any = checkpointer_test(name=database)(savers_at(url, key))
    report = await validate(registered)
    assert {name for name, result in report.results.items() if result.passed} == CAPABILITIES, report.to_dict()
