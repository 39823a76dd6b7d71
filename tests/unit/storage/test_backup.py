"""A backup is whole or not there and for its owner only; neither it nor its return writes over anything."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.storage.backup import MANIFEST, back_up, read, restore
from kiosk.storage.errors import StorageError

pytestmark = pytest.mark.unit


class Place:
    """A folder with a database and a vault, or room for them."""

    def __init__(self, folder: Path, *values: str) -> None:
        folder.mkdir(exist_ok=True)
        self.database, self.vault = folder / "kiosk.db", folder / "kiosk-vault.db"
        self.urls = f"sqlite:///{self.database}", f"sqlite:///{self.vault}"
        for file, value in zip((self.database, self.vault), values, strict=False):
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("CREATE TABLE said (words TEXT)")
                connection.execute("INSERT INTO said VALUES (?)", (value,))
                connection.commit()

    @property
    def words(self) -> list[str]:
        """What the files say."""
        found = []
        for file in filter(Path.exists, (self.database, self.vault)):
            with closing(sqlite3.connect(file)) as connection:
                found += [words for (words,) in connection.execute("SELECT words FROM said")]
        return found


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return Place(tmp_path / "here", "orders", "vault")


@pytest.fixture
def there(tmp_path: Path) -> Place:
    return Place(tmp_path / "there")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "monday"


def test_what_comes_back_is_what_was_copied(here: Place, there: Place, copy: Path) -> None:
    taken = back_up(*here.urls, copy)
    assert sorted(path.name for path in copy.iterdir()) == [MANIFEST, "kiosk-vault.db", "kiosk.db"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in copy.iterdir()} == {0o600}
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    put = restore(*there.urls, copy)
    assert there.words == ["orders", "vault"]
    assert put.taken_at == taken.taken_at
    assert {stat.S_IMODE(path.stat().st_mode) for path in put.files.values()} == {0o600}


def test_what_another_program_has_not_committed_is_not_in_it_and_it_waits_for_nobody(
    here: Place, there: Place, copy: Path
) -> None:
    with closing(sqlite3.connect(here.database, isolation_level=None)) as writing:
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("INSERT INTO said VALUES ('half an order')")
        back_up(*here.urls, copy)
        writing.execute("COMMIT")
    restore(*there.urls, copy)
    assert there.words == ["orders", "vault"]
    assert here.words == ["orders", "half an order", "vault"]


def test_a_shop_where_nobody_has_said_anything_private_has_no_vault(tmp_path: Path, there: Place, copy: Path) -> None:
    back_up(*Place(tmp_path / "new", "orders").urls, copy)
    restore(*there.urls, copy)
    assert there.words == ["orders"]


def test_a_backup_is_not_written_over(here: Place, copy: Path) -> None:
    back_up(*here.urls, copy)
    before = {path: path.read_bytes() for path in copy.iterdir()}
    with pytest.raises(StorageError, match="new or empty"):
        back_up(*here.urls, copy)
    assert {path: path.read_bytes() for path in copy.iterdir()} == before


@pytest.mark.parametrize("name", ["kiosk.db", "kiosk-vault.db", "kiosk.db-wal"])
def test_a_restore_writes_over_nothing_and_leaves_nothing_half_done(
    here: Place, there: Place, copy: Path, name: str
) -> None:
    back_up(*here.urls, copy)
    kept = there.database.with_name(name)
    kept.write_bytes(b"precious")
    with pytest.raises(StorageError, match="already; stop the kiosk"):
        restore(*there.urls, copy)
    assert [*there.database.parent.iterdir()] == [kept]
    assert kept.read_bytes() == b"precious"


def test_a_file_that_appears_meanwhile_is_kept(
    here: Place, there: Place, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(*here.urls, copy)
    # A kiosk that is started by somebody else between the look and the copy.
    monkeypatch.setattr("kiosk.storage.backup._BESIDE", ())
    there.vault.write_bytes(b"precious")
    with pytest.raises(StorageError, match="File exists"):
        restore(*there.urls, copy)
    assert there.vault.read_bytes() == b"precious"
    assert not there.database.exists()


@pytest.mark.parametrize("name", ["kiosk.db", "kiosk-vault.db", MANIFEST])
@pytest.mark.parametrize("is_gone", [True, False])
def test_a_backup_that_is_not_whole_is_refused(here: Place, there: Place, copy: Path, name: str, is_gone: bool) -> None:
    back_up(*here.urls, copy)
    if is_gone:
        (copy / name).unlink()
    else:
        (copy / name).write_bytes((copy / name).read_bytes()[:-7] + b"changed")
    with pytest.raises(StorageError, match=name):
        restore(*there.urls, copy)
    assert there.words == []


def test_a_backup_of_a_newer_release_is_refused(here: Place, there: Place, copy: Path) -> None:
    back_up(*here.urls, copy)
    manifest = copy / MANIFEST
    manifest.write_text(manifest.read_text().replace('"schema": "0', '"schema": "9'))
    with pytest.raises(StorageError, match="newer release"):
        restore(*there.urls, copy)


def test_a_damaged_database_gives_no_backup(here: Place, copy: Path) -> None:
    content = here.database.read_bytes()
    here.database.write_bytes(content[:4096] + b"\xff" * 100 + content[4196:])
    with pytest.raises(StorageError, match=r"kiosk\.db: .*restore a backup"):
        back_up(*here.urls, copy)
    assert list(copy.iterdir()) == []


def test_a_database_that_is_not_there_is_not_made(there: Place, copy: Path) -> None:
    with pytest.raises(StorageError, match=r"kiosk\.db"):
        back_up(*there.urls, copy)
    assert list(there.database.parent.iterdir()) == []


def test_a_place_without_room_or_rights_is_named(here: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/copy: Not a directory"):
        back_up(*here.urls, tmp_path / "file" / "copy")


@pytest.mark.parametrize(
    "urls",
    [
        ("postgresql://kiosk:secret@127.0.0.1/kiosk", "sqlite:///kiosk-vault.db"),
        ("sqlite:///kiosk.db", "postgresql://kiosk:secret@127.0.0.1/kiosk"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
    ],
)
def test_what_is_in_no_file_is_left_to_other_tools(urls: tuple[str, str], copy: Path) -> None:
    with pytest.raises(StorageError, match="pg_dump") as raised:
        back_up(*urls, copy)
    assert "secret" not in str(raised.value)
    assert not copy.exists()


def test_a_backup_can_be_looked_at(here: Place, copy: Path) -> None:
    taken = back_up(*here.urls, copy)
    assert read(copy) == taken
