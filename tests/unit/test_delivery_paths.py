"""No path of delivery.toml leads out of the delivery, whatever it is made of."""

import json
import os
from pathlib import Path

import pytest
from small_delivery import SmallDelivery

from evaluation.deliveries.inventory import PlannedFile, plan_files
from evaluation.deliveries.spec import DeliverySpec
from evaluation.errors import DeliveryError

RESIDENCE = "ssb_lopenr;aargang;kommnr\nS1;2010;0301\n"

OUT_BY_NAME = [
    "../residence.csv",
    "sub/../../residence.csv",
    "..",
    "/",
    "{outside}/residence.csv",
    "//server/residence.csv",
    "C:\\residence.csv",
    "C:/residence.csv",
    "C:residence.csv",
    "\\residence.csv",
    "\\\\server\\share\\residence.csv",
    "..\\residence.csv",
    "sub\\..\\..\\residence.csv",
]
OUT_BY_LINK = [
    "linked.csv",
    "linked/residence.csv",
    "linked/*.csv",
    "link*/residence.csv",
    "*/residence.csv",
    "linked_twice.csv",
    "sub/linked_up/residence.csv",
]
NO_FILE = ["~/residence.csv", "sub", "pipe.csv", "loop.csv", "[a", "residence.csv ", " "]
NO_PATH = [".", "a**b", "a" * 5000]


@pytest.fixture
def folder(small_delivery: SmallDelivery, tmp_path: Path) -> Path:
    """A delivery with every kind of link, and a file beside it."""
    (tmp_path / "residence.csv").write_text(RESIDENCE)
    folder = small_delivery.write(tmp_path / "delivery")
    (folder / "linked.csv").symlink_to(tmp_path / "residence.csv")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "linked_twice.csv").symlink_to(folder / "linked.csv")
    (folder / "sub").mkdir()
    (folder / "sub" / "linked_up").symlink_to(Path("..") / "..")
    (folder / "loop.csv").symlink_to(folder / "loop.csv")
    os.mkfifo(folder / "pipe.csv")
    (folder / "inner.csv").write_text(RESIDENCE)
    (folder / "sub" / "to_inner.csv").symlink_to(Path("..") / "inner.csv")
    return folder


def plan(folder: Path, path: str) -> list[PlannedFile]:
    toml = folder / "delivery.toml"
    path = path.replace("{outside}", str(folder.parent))
    # A JSON text is a TOML text too.
    entry = f'\n[[file]]\ntable = "residence"\npath = {json.dumps(path)}\n'
    toml.write_text(toml.read_text() + entry)
    return plan_files(folder, DeliverySpec.from_folder(folder))


@pytest.mark.parametrize("path", OUT_BY_NAME)
def test_a_name_that_leads_out_is_refused_on_every_system(path: str, folder: Path) -> None:
    with pytest.raises(DeliveryError) as caught:
        plan(folder, path)
    (problem,) = caught.value.problems
    assert "leads out of the delivery; give a path inside" in problem


@pytest.mark.parametrize("path", OUT_BY_LINK)
def test_a_link_that_leads_out_is_refused(path: str, folder: Path) -> None:
    with pytest.raises(DeliveryError) as caught:
        plan(folder, path)
    assert {problem.split(": ", 1)[1] for problem in caught.value.problems} == {
        "a link leads out of the delivery folder; copy the file in."
    }


@pytest.mark.parametrize("path", NO_FILE)
def test_what_is_no_file_is_no_such_file(path: str, folder: Path) -> None:
    with pytest.raises(DeliveryError, match="no such file in the delivery"):
        plan(folder, path)


@pytest.mark.parametrize("path", NO_PATH)
def test_what_cannot_be_a_path_is_told_in_a_line(path: str, folder: Path) -> None:
    with pytest.raises(DeliveryError, match="cannot be a path; correct it") as caught:
        plan(folder, path)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("path", ["inner.csv", "sub/to_inner.csv", "./inner.csv", "inn*.csv"])
def test_a_path_that_stays_inside_is_read(path: str, folder: Path) -> None:
    (residence,) = [file for file in plan(folder, path) if file.table.name == "residence"]
    assert residence.path == folder.resolve() / "inner.csv"


def test_a_search_in_all_folders_does_not_follow_links_out(folder: Path) -> None:
    with pytest.raises(DeliveryError, match="no such file"):
        plan(folder, "**/residence.csv")
