import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from evaluation.errors import EvaluationError, WarehouseBusyError
from evaluation.outputs import PUBLISHED, OutputLayout

ROWS = pd.DataFrame(
    {
        "register": ["nav", "npr"],
        "n_persons": [10, 20],
        "n_linked": [9, 20],
        "n_unlinked": [1, 0],
        "n_link_rows_without_register": [0, 3],
        "fingerprint": ["f", "f"],
    }
)

# On Windows access lists decide, and modes say nothing: see warehouse/owner_only.py.
posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")


@pytest.fixture
def layout(tmp_path: Path) -> OutputLayout:
    return OutputLayout(tmp_path / "out")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(layout: OutputLayout, mark: str) -> None:
    """Put a whole set of pending results in place, each file holding the mark."""
    layout.prepare()
    for name in ("results/estimates.csv", "report/report.nb.html", "manifest.json", "study.toml"):
        (layout.pending / name).write_text(mark)


def marks(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for name in PUBLISHED
        for path in sorted([root / name, *(root / name).rglob("*")])
        if path.is_file()
    }


def all_marked(mark: str) -> dict[str, str]:
    return dict.fromkeys(
        ("results/estimates.csv", "report/report.nb.html", "manifest.json", "study.toml"), mark
    )


@pytest.fixture
def loose_umask() -> Iterator[None]:
    """Let every new file be open to everybody, unless it is made otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.relative_to(folder).as_posix(): mode(path) for path in folder.rglob("*")}


def write_results(layout: OutputLayout) -> None:
    layout.write_result("linkage", ROWS)
    layout.write_notes("estimates", ["a note"])
    layout.write_file("manifest.json", "{}")
    layout.write_file("study.toml", b"")
    layout.write_file("report/report.nb.html", "<p>")


WRITTEN = ["linkage.parquet", "linkage.csv", "estimates_notes.json"]
FOLDERS_PENDING = ["pending", "pending/results", "pending/report"]
FILES_PENDING = [
    *(f"pending/results/{name}" for name in WRITTEN),
    "pending/manifest.json",
    "pending/study.toml",
    "pending/report/report.nb.html",
]


@posix
@pytest.mark.usefixtures("loose_umask")
def test_all_that_is_restricted_is_for_the_owner_only(layout: OutputLayout) -> None:
    with layout.hold():
        layout.begin(from_published=False)
        write_results(layout)
        assert mode(layout.restricted) == 0o700
        assert modes(layout.restricted) == {
            **dict.fromkeys(FOLDERS_PENDING, 0o700),
            **dict.fromkeys([*FILES_PENDING, "in_use.duckdb"], 0o600),
        }


@posix
@pytest.mark.usefixtures("loose_umask")
def test_what_is_written_without_holding_the_folder_is_for_the_owner_only_too(
    layout: OutputLayout,
) -> None:
    layout.prepare()
    write_results(layout)
    assert set(modes(layout.restricted).values()) == {0o700, 0o600}


@posix
@pytest.mark.parametrize(
    ("umask", "folder_mode", "file_mode"),
    [(0o022, 0o755, 0o644), (0o027, 0o750, 0o640), (0o077, 0o700, 0o600), (0, 0o755, 0o644)],
)
def test_published_results_are_as_open_as_the_umask_lets_them_and_never_for_others_to_write(
    umask: int, folder_mode: int, file_mode: int, layout: OutputLayout
) -> None:
    before = os.umask(umask)
    try:
        with layout.hold():
            layout.begin(from_published=False)
            write_results(layout)
            layout.publish()
    finally:
        os.umask(before)
    assert {mode(layout.root / name) for name in ("results", "report")} == {folder_mode}
    files = [path for name in PUBLISHED for path in [layout.root / name] if path.is_file()]
    files += [path for name in ("results", "report") for path in (layout.root / name).iterdir()]
    assert {path.name for path in files} == {
        *WRITTEN,
        "manifest.json",
        "study.toml",
        "report.nb.html",
    }
    assert {mode(path) for path in files} == {file_mode}


@posix
@pytest.mark.usefixtures("loose_umask")
def test_published_results_that_are_copied_back_are_for_the_owner_only(
    layout: OutputLayout,
) -> None:
    layout.prepare()
    write_results(layout)
    layout.publish()
    layout.begin(from_published=True)
    assert modes(layout.restricted) == {
        **dict.fromkeys(FOLDERS_PENDING, 0o700),
        **dict.fromkeys(FILES_PENDING, 0o600),
    }


@posix
@pytest.mark.parametrize("open_mode", [0o755, 0o750, 0o701, 0o710, 0o704, 0o720])
def test_a_restricted_folder_that_others_can_use_is_refused_and_left_as_it_is(
    open_mode: int, layout: OutputLayout
) -> None:
    layout.restricted.mkdir(parents=True)
    layout.restricted.chmod(open_mode)
    with pytest.raises(EvaluationError) as caught:
        layout.begin(from_published=False)
    for words in (str(layout.restricted), f"mode {open_mode:o}", "allowed: 700", "chmod 700"):
        assert words in str(caught.value)
    with pytest.raises(EvaluationError, match="others can read"), layout.hold():
        pass
    assert mode(layout.restricted) == open_mode
    assert list(layout.restricted.iterdir()) == []


@posix
def test_a_restricted_folder_opened_during_a_run_is_noticed(layout: OutputLayout) -> None:
    layout.prepare()
    layout.prepare()
    layout.restricted.chmod(0o755)
    with pytest.raises(EvaluationError, match="others can read"):
        layout.prepare()


@posix
def test_a_disk_that_keeps_no_modes_is_refused_and_nothing_is_left(
    layout: OutputLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.mkdir

    def mkdir(self: Path, mode: int = 0o777, **options: bool) -> None:
        # As on FAT or a share mounted with fixed modes.
        real(self, **options)
        os.chmod(self, 0o777)  # noqa: S103

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(EvaluationError, match=r"mode 777 where 700 was asked.*another disk"):
        layout.begin(from_published=False)
    assert not layout.restricted.exists()


@posix
@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_link_as_restricted_folder_is_refused(
    target: str, layout: OutputLayout, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    layout.root.mkdir()
    layout.restricted.symlink_to(tmp_path / target)
    with pytest.raises(EvaluationError, match=r"restricted: is a link.*choose another --out"):
        layout.begin(from_published=False)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


def test_spill_files_of_a_killed_run_are_taken_away(layout: OutputLayout) -> None:
    layout.prepare()
    (layout.restricted / "spill").mkdir()
    (layout.restricted / "spill" / "duckdb_temp_storage.tmp").write_text("rows")
    layout.begin(from_published=False)
    assert not (layout.restricted / "spill").exists()


def test_publishing_puts_everything_in_place_and_leaves_nothing_pending(
    layout: OutputLayout,
) -> None:
    fill(layout, "one")
    layout.publish()
    assert marks(layout.root) == all_marked("one")
    assert [path.name for path in layout.restricted.iterdir()] == []


def test_publishing_again_replaces_everything(layout: OutputLayout) -> None:
    fill(layout, "one")
    (layout.pending / "results" / "old.csv").write_text("old")
    layout.publish()
    fill(layout, "two")
    layout.publish()
    assert marks(layout.root) == all_marked("two")


def test_what_is_pending_is_not_seen_before_it_is_published(layout: OutputLayout) -> None:
    fill(layout, "one")
    layout.publish()
    fill(layout, "two")
    assert marks(layout.root) == all_marked("one")


@pytest.mark.parametrize("renames", range(9))
@pytest.mark.parametrize("goes_on_by", ["begin", "prepare"])
def test_a_crash_between_two_renames_leaves_all_old_or_all_new(
    renames: int, goes_on_by: str, layout: OutputLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(layout, "old")
    layout.publish()
    fill(layout, "new")
    real, done = Path.rename, []

    def rename(self: Path, target: Path) -> Path:
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(target)
        return real(self, target)

    with monkeypatch.context() as crash:
        crash.setattr(Path, "rename", rename)
        # One rename for the whole and two for each of four entries: after nine all is done.
        with pytest.raises(KeyboardInterrupt):
            layout.publish()

    if goes_on_by == "begin":
        layout.begin(from_published=True)
    else:
        layout.prepare()

    expected = all_marked("old" if renames == 0 else "new")
    assert marks(layout.root) == expected
    if goes_on_by == "begin":
        assert marks(layout.pending) == expected


def test_beginning_anew_forgets_what_was_pending(layout: OutputLayout) -> None:
    fill(layout, "one")
    layout.begin(from_published=False)
    assert marks(layout.pending) == {}


def test_beginning_from_the_published_copies_them_and_leaves_them(layout: OutputLayout) -> None:
    fill(layout, "one")
    layout.publish()
    layout.begin(from_published=True)
    assert marks(layout.pending) == all_marked("one")
    assert marks(layout.root) == all_marked("one")


def test_discarding_takes_the_whole_folder_away(layout: OutputLayout) -> None:
    fill(layout, "one")
    layout.discard()
    assert not layout.root.exists()


def test_an_out_that_is_a_file_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(EvaluationError, match="choose another --out"):
        OutputLayout(tmp_path / "out").begin(from_published=False)
    assert (tmp_path / "out").read_text() == "mine"


def test_csv_and_parquet_hold_the_same_and_the_csv_has_no_index(layout: OutputLayout) -> None:
    layout.prepare()
    written = layout.write_result("linkage", ROWS)
    text = (layout.pending / "results" / "linkage.csv").read_bytes()
    assert text == (
        b"register,n_persons,n_linked,n_unlinked,n_link_rows_without_register,fingerprint\n"
        b"nav,10,9,1,0,f\nnpr,20,20,0,3,f\n"
    )
    read = layout.read_result("linkage")
    assert read is not None
    pd.testing.assert_frame_equal(read, written)
    csv = pd.read_csv(layout.pending / "results" / "linkage.csv").astype(written.dtypes.to_dict())
    pd.testing.assert_frame_equal(csv, written)


def test_a_result_that_was_not_made_or_was_removed_is_none(layout: OutputLayout) -> None:
    layout.prepare()
    assert layout.read_result("linkage") is None
    layout.write_result("linkage", ROWS)
    layout.remove_result("linkage")
    layout.remove_result("linkage")
    assert layout.read_result("linkage") is None
    assert list((layout.pending / "results").iterdir()) == []


def test_notes_are_read_in_the_order_of_their_tables(layout: OutputLayout) -> None:
    layout.prepare()
    layout.write_notes("b", ["third"])
    layout.write_notes("a", ["første", "second"])
    assert layout.read_notes() == ("første", "second", "third")


def test_a_folder_in_use_by_another_process_is_left_alone(layout: OutputLayout) -> None:
    fill(layout, "pending")
    holder = (
        "import sys; from pathlib import Path; from evaluation.outputs import OutputLayout\n"
        "with OutputLayout(Path(sys.argv[1])).hold():\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(layout.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(WarehouseBusyError, match="in use by another run"), layout.hold():
            pass
        process.stdin.close()
    assert marks(layout.pending) == all_marked("pending")
    with layout.hold():
        pass
