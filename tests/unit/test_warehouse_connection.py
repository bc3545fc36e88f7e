import contextlib
import os
import subprocess
import sys
import threading
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
    "leaving by a file address": "select * from read_text('file://{outside}/secret.txt')",
    "a folder whose name only begins alike": "select * from read_text('{inside}2/secret.txt')",
    "a linked file": "select * from read_text('{inside}/linked.txt')",
    "a file in a linked folder": "select * from read_text('{inside}/linked/secret.txt')",
    "writing in a linked folder": "copy (select 1) to '{inside}/linked/stolen.csv'",
    "a file as a table": "select * from '{outside}/secret.txt'",
    "a file in the folder of the process": "select * from read_text('pyproject.toml')",
    "the home folder": "select * from glob('~/*')",
    "bytes": "select * from read_blob('{outside}/secret.txt')",
    "json": "select * from read_json('{outside}/secret.txt')",
    "guessing at a csv": "select * from sniff_csv('{outside}/secret.txt')",
    "by a query in a query": "from query('from read_text(''{outside}/secret.txt'')')",
    "the variables of the process": "select * from read_text('/proc/self/environ')",
    "a variable of the process": "select getenv('HOME')",
    "standard input": "select * from read_csv('/dev/stdin')",
    "standard error": "copy (select 1) to '/dev/stderr'",
    "exporting": "export database '{outside}/stolen.csv'",
    "attaching to read": "attach '{outside}/other.duckdb' as other (read_only)",
    "attaching another kind": "attach '{inside}/other.sqlite' as other (type sqlite)",
    "a log beside": "call enable_logging(storage = 'file', storage_path = '{outside}/stolen.csv')",
    "a log on the screen": "call enable_logging('QueryLog', storage = 'stdout')",
    "a profile beside": "pragma profiling_output = '{outside}/stolen.csv'",
    "a lasting secret": "create persistent secret s (type http, bearer_token 'x')",
    "allowing access": "set enable_external_access = true",
    "unlocking": "set lock_configuration = false",
    "more memory": "set memory_limit = '100GB'",
    "another folder": "set allowed_directories = ['/']",
    "another file": "set allowed_paths = ['{outside}/secret.txt']",
    "another spill folder": "set temp_directory = '{outside}'",
    "the default memory": "reset memory_limit",
    "more threads": "pragma threads = 64",
    "an extension": "install httpfs",
    "an extension from elsewhere": "force install httpfs from 'https://example.invalid'",
    "loading an extension": "load httpfs",
    "loading a file as extension": "load '{inside}/a.duckdb_extension'",
    "a web address": "select * from read_csv('https://example.invalid/a.csv')",
    "a database on the web": "attach 'https://example.invalid/a.duckdb'",
    "a bucket": "select * from read_parquet('s3://bucket/a.parquet')",
}


def _escape(connection: Connection, escape: str, tmp_path: Path) -> None:
    sql = ESCAPES[escape].format(inside=tmp_path / "inside", outside=tmp_path)
    with pytest.raises(duckdb.Error) as caught:
        connection.execute(sql).fetchall()
    # A slip of the pen in the attempt would be refused too, and prove nothing.
    assert not isinstance(caught.value, duckdb.ParserException | duckdb.BinderException)


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.csv").write_text("x\n1\n")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "inside2").mkdir()
    (tmp_path / "inside2" / "secret.txt").write_text("secret")
    (tmp_path / "inside" / "linked.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "inside" / "linked").symlink_to(tmp_path)
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


def test_the_folders_are_judged_by_where_a_path_leads_and_not_by_its_name(
    inside: Path, tmp_path: Path
) -> None:
    # A link to an allowed folder is followed; the folder is allowed under every name.
    (tmp_path / "door").symlink_to(inside)
    with open_scanner(readable=[tmp_path / "door"], settings=SETTINGS) as connection:
        for name in ("inside", "door"):
            assert scalar(connection, f"select x from read_csv('{tmp_path / name / 'a.csv'}')") == 1


def test_an_output_folder_behind_a_link_can_be_used(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "door").symlink_to(tmp_path / "real")
    with open_warehouse(
        tmp_path / "door" / "w.duckdb", readable=(), settings=SETTINGS
    ) as connection:
        connection.execute("create table a as select 1 as b")
    assert (tmp_path / "real" / "w.duckdb").exists()


SPILLING = RunSettings(threads=1, memory="40MB")


def _spill(connection: Connection) -> None:
    connection.execute(
        "create table a as select md5(cast(range as varchar)) as y from range(400000)"
    )
    connection.execute("create table b as select * from a order by y")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_what_exceeds_the_memory_is_spilled_beside_the_warehouse_for_the_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "working"
    work.mkdir()
    monkeypatch.chdir(work)
    out = tmp_path / "restricted"
    out.mkdir()
    seen: dict[str, int] = {}
    is_done = threading.Event()

    def look() -> None:
        while not is_done.wait(0.002):
            for path in tmp_path.rglob("*"):
                with contextlib.suppress(FileNotFoundError):
                    seen[path.relative_to(tmp_path).as_posix()] = path.lstat().st_mode & 0o777

    watcher = threading.Thread(target=look)
    umask = os.umask(0)
    try:
        with open_warehouse(out / "w.duckdb", readable=(), settings=SPILLING) as connection:
            watcher.start()
            _spill(connection)
    finally:
        is_done.set()
        watcher.join()
        os.umask(umask)
    made = {path: mode for path, mode in seen.items() if path.startswith("restricted/")}
    assert any(path.startswith("restricted/spill/duckdb_temp") for path in made), made
    assert {seen[path] for path in seen if path not in {"working", "restricted"}} == {0o700, 0o600}
    assert made["restricted/spill"] == 0o700
    assert set(seen) == {"working", "restricted", *made}
    assert [path.name for path in out.iterdir()] == ["w.duckdb"], "nothing is left"


def test_the_scanner_never_spills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with (
        open_scanner(readable=[tmp_path], settings=SPILLING) as connection,
        pytest.raises(duckdb.OutOfMemoryException),
    ):
        _spill(connection)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_the_umask_is_given_back_even_after_an_error(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with (
            pytest.raises(duckdb.Error),
            open_warehouse(tmp_path / "w.duckdb", readable=(), settings=SETTINGS) as connection,
        ):
            connection.execute("select nonsense")
        (tmp_path / "a").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_warehouse_that_was_open_to_others_is_closed_before_it_is_used(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    with open_warehouse(file, readable=(), settings=SETTINGS):
        pass
    file.chmod(0o644)
    with open_warehouse(file, readable=(), settings=SETTINGS):
        assert file.stat().st_mode & 0o777 == 0o600


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
