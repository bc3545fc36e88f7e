import stat
import subprocess
import sys
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


def test_only_the_owner_can_enter_the_restricted_folder(layout: OutputLayout) -> None:
    layout.prepare()
    assert mode(layout.restricted) == 0o700
    layout.restricted.chmod(0o755)
    layout.prepare()
    assert mode(layout.restricted) == 0o700


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
