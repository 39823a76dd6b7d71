"""The rules of tests/conftest.py, held against small suites of their own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

pytestmark = pytest.mark.unit

SKIPPING = """
import pytest
pytestmark = pytest.mark.unit
def test_passes(): pass
def test_skips(): pytest.skip("no teapot here")
@pytest.mark.xfail(reason="known to be missing")
def test_is_expected_to_fail(): assert False
def test_needs_postgres(postgres_url): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, project_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """An empty suite under this project's conftest, outside of CI and without PostgreSQL."""
    pytester.makeconftest((project_root / "tests" / "conftest.py").read_text(encoding="utf-8"))
    markers = "\n".join(f"    {level}: a level" for level in ("unit", "graph", "api", "browser", "load", "live"))
    pytester.makeini(
        "[pytest]\naddopts = --strict-markers -m 'not live'\nasyncio_default_fixture_loop_scope = function\n"
        f"markers =\n{markers}\n"
    )
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("KIOSK_TEST_POSTGRES_URL", raising=False)
    profile = settings.get_current_profile_name()
    yield pytester
    settings.load_profile(profile)


def test_a_skip_stays_a_skip_on_a_developers_machine_and_names_the_remedy(suite: pytest.Pytester) -> None:
    suite.makepyfile(SKIPPING)
    result = suite.runpytest_inprocess("-rs")
    result.assert_outcomes(passed=1, skipped=2, xfailed=1)
    result.stdout.fnmatch_lines(["*apt-get install postgresql*KIOSK_TEST_POSTGRES_URL=*"])


def test_a_skip_is_a_failure_in_ci_and_an_expected_failure_is_not(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makepyfile(SKIPPING)
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1, errors=1, xfailed=1)
    result.stdout.fnmatch_lines(["*CI allows no skips: *no teapot here*", "=* 1 failed, 1 passed, * 1 error *="])


def test_a_skipped_module_is_a_failure_in_ci(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.makepyfile("import pytest\npytest.importorskip('no_such_teapot')")
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*CI allows no skips: *no_such_teapot*"])


def test_a_skip_is_a_failure_in_ci_when_several_processes_test(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite.makepyfile(test_some=SKIPPING, test_none="import pytest\npytest.importorskip('no_such_teapot')")
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_inprocess("--numprocesses=1", "--dist=loadscope")
    result.assert_outcomes(passed=1, failed=1, errors=2, xfailed=1)
    result.stdout.fnmatch_lines(["*CI allows no skips: *no_such_teapot*", "*CI allows no skips: *no teapot here*"])


def test_a_module_without_a_level_stops_the_collection(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_nowhere="def test_nothing(): pass")
    result = suite.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no level in test_nowhere.py: add `pytestmark = pytest.mark.unit`*"])


def test_a_live_test_runs_only_when_asked_for(suite: pytest.Pytester) -> None:
    suite.makepyfile("import pytest\npytestmark = pytest.mark.live\ndef test_costs_money(): pass")
    suite.runpytest_inprocess().assert_outcomes(deselected=1)
    suite.runpytest_inprocess("-m", "live").assert_outcomes(passed=1)


def test_the_shell_of_the_developer_does_not_reach_a_test(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_MENU_FILE", "somewhere.yaml")
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    suite.makepyfile(
        """
        import os, pytest
        pytestmark = pytest.mark.unit
        def test_environment():
            assert "KIOSK_MENU_FILE" not in os.environ and "OPENAI_API_KEY" not in os.environ
        """
    )
    suite.runpytest_inprocess().assert_outcomes(passed=1)


def test_checkpoints_are_read_strictly_in_this_process() -> None:
    serializer = sys.modules["langgraph.checkpoint.serde._msgpack"]
    assert os.environ["LANGGRAPH_STRICT_MSGPACK"] == "true"
    assert serializer.STRICT_MSGPACK_ENABLED is True
