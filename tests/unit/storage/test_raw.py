"""Looking into the bytes of a database that is open must not take its locks away."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.storage.raw import found_in_files

pytestmark = pytest.mark.unit

OPENS_AND_CLOSES = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM t'); c.close()"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.db"


def test_names_are_found_where_they_are(database: Path) -> None:
    database.write_bytes(b"....thread-1....")
    assert found_in_files(["thread-1", "thread-2"], [database]) == 1
    assert found_in_files(["thread-1"], []) == 0
    with pytest.raises(OSError, match="No such file"):
        found_in_files(["thread-1"], [database.with_name("missing")])


def test_a_database_that_was_looked_into_keeps_its_log_while_another_process_comes_and_goes(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (x)")
    connection.execute("INSERT INTO t VALUES ('thread-1')")
    connection.commit()
    log = Path(f"{database}-wal")
    assert found_in_files(["thread-1"], [database, log]) == 1
    subprocess.run([sys.executable, "-c", OPENS_AND_CLOSES, str(database)], check=True)
    # The last one to close a database deletes its log; whoever still has it open is not to be taken for gone.
    assert log.exists()
    connection.close()
