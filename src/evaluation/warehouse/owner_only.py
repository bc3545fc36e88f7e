"""Files and folders for their owner only: how everything under `restricted/` is made.

On Windows a folder's access list decides, which modes cannot say: there the person who sets
up the zone must keep others out of OUT, and nothing here stops them.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evaluation.errors import EvaluationError

_HAS_MODES = os.name != "nt"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@contextmanager
def make_files_private() -> Iterator[None]:
    """Make what is created inside readable by its owner only: files 0600, folders 0700.

    The umask is taken, and not a chmod afterwards, because DuckDB makes write-ahead logs and
    spill files on its own, and a file that is closed later is open until then.
    """
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, or see that it is one.

    Args:
        folder: Made when absent; its parent must be there.

    Raises:
        EvaluationError: It is a link, others can enter or read it, or it cannot be closed to
            them.
        OSError: It cannot be made.
    """
    try:
        folder.mkdir(mode=0o700)
        is_new = True
    except FileExistsError:
        is_new = False
    mode = folder.lstat().st_mode
    if not stat.S_ISDIR(mode):
        raise EvaluationError(
            f"{folder}: is a {'link' if stat.S_ISLNK(mode) else 'file'}, but row-level data may"
            " only be kept in a real folder, so that nobody can lead them elsewhere. Remove it,"
            " or choose another --out."
        )
    if not _HAS_MODES or not mode & _OTHERS:
        return
    if is_new:
        folder.rmdir()
        raise EvaluationError(
            f"{folder}: cannot be closed to others: it got mode {_shown(mode)} where 700 was asked"
            " for, as on a disk or share that keeps no modes. Row-level data may only be kept"
            " where the owner alone can read them: choose an --out on another disk."
        )
    raise EvaluationError(
        f"{folder}: others can read or enter it (mode {_shown(mode)}); allowed: 700, the owner"
        f" only. See who has read it; then close it with `chmod 700 {folder}`, or choose another"
        " --out."
    )


def _shown(mode: int) -> str:
    return f"{stat.S_IMODE(mode):03o}"
