"""Each way to infer, 2,000 times where nothing happens and its assumptions hold.

A test at 5 % must reject in 5 % of the draws, to the noise of 2,000 draws: three standard
errors are 1.46 percentage points. Where a method is too wide by design, it must not reject more.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from synthetic_data.recovery import sizes
from synthetic_data.recovery.designs import DESIGNS, LEVEL, Design
from synthetic_data.recovery.sizes import NOISE, measure_size

# F of four effects with 79 degrees of freedom rejects a little often in 80 sets.
SLACK = {"event_study, joint F": 0.02}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.method)
def test_it_rejects_as_often_as_it_claims(design: Design) -> None:
    size = measure_size(design)
    print(f"{design.method} rejects in {100 * size:.2f} %")
    assert size < LEVEL + NOISE + SLACK.get(design.method, 0.0)
    if design.is_exact:
        assert size > LEVEL - NOISE


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.method)
def test_every_method_can_be_drawn(design: Design) -> None:
    assert measure_size(design, n_draws=4) < 1.0


def test_sizes_are_measured_once_and_written_with_their_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    always = replace(DESIGNS[0], method="always")
    monkeypatch.setattr(sizes, "DESIGNS", (always, replace(DESIGNS[0], method="later")))
    (tmp_path / "size-always-2000.txt").write_text("0.25\n", encoding="utf-8")
    (tmp_path / "size-later-2000.txt").write_text("0.05\n", encoding="utf-8")
    sizes.run_sizes(tmp_path, workers=1, console=Console(quiet=True))
    table = sizes.read_sizes(tmp_path)
    assert table["size"].tolist() == [0.25, 0.05]
    # sqrt(0.25 x 0.75 / 2000) = 0.00968; 1.96 times as much is 1.9 per cent.
    assert table["error"].iloc[0] == pytest.approx(0.0096825, rel=1e-4)
    assert "| always |" in sizes.write_sizes(table)
    assert "| 25.0 | 1.9 |" in sizes.write_sizes(table)
    assert sizes.write_sizes(sizes.read_sizes(tmp_path / "empty")) == ""
