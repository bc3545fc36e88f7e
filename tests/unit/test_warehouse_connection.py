import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from evaluation.errors import EvaluationError, WarehouseBusyError
from evaluation.warehouse.connection import (
    Connection,
    RunSettings,
    open_scanner,
    open_warehouse,
    scalar,
)

SETTINGS = RunSettings(threads=1, memory="500MB")


def test_the_warehouse_file_is_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    with open_warehouse(file, readable=(), settings=SETTINGS) as connection:
        connection.execute("create table a as select 1 as b")
    assert file.stat().st_mode & 0o777 == 0o600
    with open_warehouse(file, readable=(), settings=SETTINGS) as connection:
        assert scalar(connection, "select b from a") == 1


def test_threads_memory_and_spill_folder_are_set(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "w.duckdb", readable=(), settings=SETTINGS) as connection:
        assert scalar(connection, "select current_setting('threads')") == 1
        assert scalar(connection, "select current_setting('memory_limit')") == "476.8 MiB"
        assert scalar(connection, "select current_setting('temp_directory')") == str(
            tmp_path / "spill"
        )


ESCAPES: dict[str, str] = {
    "reading a file": "select * from read_text('/etc/passwd')",
    "reading a csv": "select * from read_csv('/etc/passwd')",
    "listing files": "select * from glob('/etc/*')",
    "writing a file": "copy (select 1) to '{outside}/stolen.csv'",
    "attaching a database": "attach '{outside}/other.duckdb'",
    "leaving by dots": "select * from read_text('{inside}/../secret.txt')",
    "allowing access": "set enable_external_access = true",
    "unlocking": "set lock_configuration = false",
    "more memory": "set memory_limit = '100GB'",
    "another folder": "set allowed_directories = ['/']",
    "an extension": "install httpfs",
    "a web address": "select * from read_csv('https://example.invalid/a.csv')",
}


def _escape(connection: Connection, escape: str, tmp_path: Path) -> None:
    sql = ESCAPES[escape].format(inside=tmp_path / "inside", outside=tmp_path)
    with pytest.raises(duckdb.Error):
        connection.execute(sql)


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.csv").write_text("x\n1\n")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path / "inside"


@pytest.mark.parametrize("escape", ESCAPES)
def test_the_warehouse_has_no_way_out_of_its_folders(
    escape: str, inside: Path, tmp_path: Path
) -> None:
    (inside / "out").mkdir()
    with open_warehouse(
        inside / "out" / "w.duckdb", readable=[inside], settings=SETTINGS
    ) as connection:
        _escape(connection, escape, tmp_path)
        assert scalar(connection, f"select x from read_csv('{inside / 'a.csv'}')") == 1
    assert not (tmp_path / "stolen.csv").exists()


@pytest.mark.parametrize("escape", ESCAPES)
def test_the_scanner_has_no_way_out_either(escape: str, inside: Path, tmp_path: Path) -> None:
    with open_scanner(readable=[inside], settings=SETTINGS) as connection:
        _escape(connection, escape, tmp_path)
        assert scalar(connection, f"select x from read_csv('{inside / 'a.csv'}')") == 1


def test_a_folder_with_a_quote_in_its_name_is_only_a_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's; drop"
    folder.mkdir()
    (folder / "a.csv").write_text("x\n1\n")
    with open_scanner(readable=[folder], settings=SETTINGS) as connection:
        path = str(folder / "a.csv")
        assert scalar(connection, "select x from read_csv($path)", {"path": path}) == 1


def test_python_variables_do_not_leak_into_sql(tmp_path: Path) -> None:
    secret_table = {"a": [1]}
    assert secret_table
    with (
        open_scanner(readable=[tmp_path], settings=SETTINGS) as connection,
        pytest.raises(duckdb.CatalogException),
    ):
        connection.execute("select * from secret_table")


def test_a_file_held_by_another_process_is_told_as_busy(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    holder = (
        "import duckdb, sys\n"
        "with duckdb.connect(sys.argv[1]):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with (
            pytest.raises(WarehouseBusyError, match="Wait for it to end"),
            open_warehouse(file, readable=(), settings=SETTINGS),
        ):
            pass
        process.stdin.close()


def _text_file(path: Path) -> None:
    path.write_text("not a database, but long enough to be read as one " * 100)


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("spoil", [_text_file, _folder])
def test_a_file_that_is_no_warehouse_is_told(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    spoil(file)
    with (
        pytest.raises(EvaluationError, match="cannot be opened as a warehouse"),
        open_warehouse(file, readable=(), settings=SETTINGS),
    ):
        pass
