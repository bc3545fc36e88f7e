"""The default study with three of its specifications and few draws, for runs in tests.

What every specification touches and gives is tested where it belongs: test_specifications.py.
"""

import atexit
import shutil
import tempfile
from pathlib import Path

from pipelines.resources import DEFAULT_STUDY

KEPT = (("windows", "730"), ("age_bands", "10"), ("day_count", "dagsverk"))


def _write_lean_study() -> Path:
    head, *blocks = DEFAULT_STUDY.read_text(encoding="utf-8").split("[[specification]]\n")
    last = blocks[-1].split("\n\n", 1)
    rest = last[1] if len(last) == 2 else ""
    blocks[-1] = last[0] + "\n\n"
    kept = [
        block
        for block in blocks
        if any(f'choice = "{c}"\nlevel = "{v}"\n' in block for c, v in KEPT)
    ]
    assert len(kept) == len(KEPT), "the default study names its specifications otherwise"
    folder = Path(tempfile.mkdtemp(prefix="lean-study-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "lean.toml"
    text = "[[specification]]\n".join([head, *kept]) + rest
    assert text.count("draws = 999") == 1
    path.write_text(text.replace("draws = 999", "draws = 99"), encoding="utf-8")
    return path


LEAN_STUDY = _write_lean_study()
