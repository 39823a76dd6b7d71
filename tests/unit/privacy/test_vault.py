"""The vault gives back what it was given, to the same conversation, for its lifetime, and shows nothing at rest."""

import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.privacy import Span, Vault, VaultError, detect, open_vault, placeholders
from kiosk.privacy.vault_rows import SqliteRows

pytestmark = pytest.mark.unit

KEY = "a key for tests only"
PHONE = "010-2345-6789"
TEXT = f"제 번호는 {PHONE}이에요"
SPANS = detect(TEXT).spans


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vault.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(file: Path, clock: Clock) -> Vault:
    return Vault(SqliteRows(str(file), KEY), timedelta(minutes=30), clock)


def everything_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_what_is_masked_comes_back_on_the_customers_own_screen(vault: Vault) -> None:
    masked = vault.mask("thread-1", TEXT, SPANS)
    assert masked == "제 번호는 <PHONE_1>이에요"
    assert vault.unmask("thread-1", f"{masked} 확인했어요") == f"{TEXT} 확인했어요"


def test_the_same_value_keeps_its_placeholder_over_turns_and_processes(file: Path) -> None:
    first = open_vault(f"sqlite:///{file}", KEY, timedelta(minutes=30))
    first.mask("thread-1", TEXT, SPANS)
    first.close()
    second = open_vault(f"sqlite:///{file}", KEY, timedelta(minutes=30))
    spoken = "010 2345 6789 맞아요, 아니 010-9999-8888"
    assert placeholders(second.mask("thread-1", spoken, detect(spoken).spans)) == ("<PHONE_1>", "<PHONE_2>")


def test_another_conversation_gets_nothing_back(vault: Vault) -> None:
    vault.mask("thread-1", TEXT, SPANS)
    assert vault.unmask("thread-2", "<PHONE_1>") == "<PHONE_1>"
    assert not vault.holds("thread-2")


def test_nothing_at_rest_is_in_clear_neither_values_nor_thread_ids(vault: Vault, tmp_path: Path) -> None:
    vault.mask("thread-1", TEXT, SPANS)
    on_disk = everything_on_disk(tmp_path)
    for secret in (PHONE, "2345-6789", "01023456789", "thread-1", KEY):
        assert secret.encode() not in on_disk


def test_the_file_belongs_to_its_owner_alone(vault: Vault, file: Path) -> None:
    vault.mask("thread-1", TEXT, SPANS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_key_of_the_operator_a_key_file_is_made_once(file: Path) -> None:
    for _ in range(2):
        vault = open_vault(f"sqlite:///{file}", None, timedelta(minutes=30))
        vault.mask("thread-1", TEXT, SPANS)
        assert vault.unmask("thread-1", "<PHONE_1>") == PHONE
        vault.close()
    key = file.with_suffix(".key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32
    assert {path.suffix for path in file.parent.iterdir()} <= {".db", ".key"} | {".db-wal", ".db-shm"}


def test_no_file_is_made_before_something_is_private(file: Path) -> None:
    vault = open_vault(f"sqlite:///{file}", None, timedelta(minutes=30))
    assert vault.unmask("thread-1", "라떼 한 잔") == "라떼 한 잔"
    assert not file.exists()


def test_originals_are_gone_after_the_lifetime_and_their_numbers_are_not_given_again(
    vault: Vault, clock: Clock, tmp_path: Path
) -> None:
    vault.mask("thread-1", TEXT, SPANS)
    clock.now += 31 * 60
    assert vault.unmask("thread-1", "<PHONE_1>") == "<PHONE_1>"
    assert vault.mask("thread-1", TEXT, SPANS) == "제 번호는 <PHONE_2>이에요"


def test_the_originals_of_silent_conversations_are_swept_when_others_talk(
    vault: Vault, clock: Clock, file: Path
) -> None:
    vault.mask("thread-1", TEXT, SPANS)
    clock.now += 31 * 60
    vault.mask("thread-2", TEXT, SPANS)
    clock.now -= 30 * 60  # even for somebody who turns back the clock
    assert vault.unmask("thread-1", "<PHONE_1>") == "<PHONE_1>"


def test_forgetting_a_conversation_leaves_no_trace_in_the_files(vault: Vault, clock: Clock) -> None:
    vault.mask("thread-1", TEXT, SPANS)
    vault.mask("thread-2", TEXT, SPANS)
    assert vault.traces_of(["thread-1", "thread-2"]) == 2
    assert vault.forget(["thread-1", "never seen"]) == 1
    assert vault.traces_of(["thread-1", "thread-2"]) == 1
    clock.now += timedelta(days=3).total_seconds()
    assert vault.forget_unused(timedelta(days=2)) == 1
    assert vault.traces_of(["thread-1", "thread-2"]) == 0


def test_another_key_does_not_open_it(file: Path, vault: Vault) -> None:
    vault.mask("thread-1", TEXT, SPANS)
    vault.close()
    other = open_vault(f"sqlite:///{file}", "another key for tests", timedelta(minutes=30))
    assert other.unmask("thread-1", "<PHONE_1>") == "<PHONE_1>"


def test_a_vault_that_cannot_be_written_costs_the_originals_and_not_the_privacy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = open_vault(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}", KEY, timedelta(minutes=30))
    masked = broken.mask("thread-1", TEXT, SPANS)
    assert PHONE not in masked
    assert len(placeholders(masked)) == 1
    assert broken.unmask("thread-1", masked) == masked
    assert "KIOSK_VAULT_URL" in caplog.text
    assert PHONE not in caplog.text


def test_conversations_at_once_do_not_mix(vault: Vault) -> None:
    def talk(number: int) -> None:
        value = f"010-0000-{number:04d}"
        text = f"번호 {value}"
        seen[number] = vault.unmask(f"thread-{number}", vault.mask(f"thread-{number}", text, [Span(3, 16, "PHONE", 1)]))

    seen: dict[int, str] = {}
    threads = [threading.Thread(target=talk, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {number: f"번호 010-0000-{number:04d}" for number in range(20)}


@pytest.mark.parametrize("url", ["mysql://somewhere/vault", "vault.db"])
def test_an_unknown_kind_of_url_is_named(url: str) -> None:
    with pytest.raises(VaultError, match="KIOSK_VAULT_URL"):
        open_vault(url, KEY, timedelta(minutes=1))


def test_postgres_needs_the_operators_key() -> None:
    with pytest.raises(VaultError, match="KIOSK_ENCRYPTION_KEY"):
        open_vault("postgresql://u:secret@127.0.0.1/kiosk", None, timedelta(minutes=1))


def test_a_postgres_that_is_away_is_told_without_its_password() -> None:
    vault = open_vault("postgresql://u:secret@127.0.0.1:1/kiosk", KEY, timedelta(minutes=1))
    with pytest.raises(VaultError) as raised:
        vault.numbering("thread-1")
    assert "secret" not in str(raised.value)


def test_a_vault_in_postgres_works_like_one_in_a_file(postgres_url: str) -> None:
    vault = open_vault(postgres_url, KEY, timedelta(minutes=30))
    masked = vault.mask("thread-pg", TEXT, SPANS)
    assert vault.unmask("thread-pg", masked) == TEXT
    assert vault.forget(["thread-pg"]) == 1
    assert vault.traces_of(["thread-pg"]) == 0
    vault.close()
