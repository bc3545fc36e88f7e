"""The output folder: what is restricted, what is pending, what is published.

Results are first written under `restricted/pending` and moved into place together, so that
a crash leaves the previous results whole. All under `restricted/` is for the owner only; what
is published is as open as OUT itself, yet never for others to write.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.csv_cells import write_csv
from evaluation.errors import EvaluationError
from evaluation.schemas import check_table
from evaluation.warehouse.connection import RunSettings, open_warehouse
from evaluation.warehouse.owner_only import make_files_private, make_private_folder

PUBLISHED = ("results", "report", "manifest.json", "study.toml")


@dataclass(frozen=True, slots=True)
class OutputLayout:
    """Paths of one OUT folder.

    Attributes:
        root: OUT.
    """

    root: Path

    @property
    def restricted(self) -> Path:
        """Row-level data, for the owner only."""
        return self.root / "restricted"

    @property
    def warehouse_file(self) -> Path:
        """The DuckDB file."""
        return self.restricted / "warehouse.duckdb"

    @property
    def raw(self) -> Path:
        """Delivered rows as Parquet, which the raw tables read."""
        return self.restricted.resolve() / "raw"

    @property
    def pending(self) -> Path:
        """Results that are not all there yet."""
        return self.restricted / "pending"

    def prepare(self) -> None:
        """Make the folders, restricted ones readable by the owner only.

        Raises:
            EvaluationError: The folder cannot be made, or others could read it.
        """
        self._make_folders()
        if self._recover():
            self._make_folders()

    def _make_folders(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            make_private_folder(self.restricted)
            with make_files_private():
                for name in ("results", "report"):
                    (self.pending / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EvaluationError(
                f"{self.root}: cannot be written ({error.strerror}); choose another --out."
            ) from None

    def begin(self, *, from_published: bool) -> None:
        """Start with no pending results, or with a copy of the published ones.

        Args:
            from_published: Copy, so that one part can be made anew beside the others.
        """
        self.prepare()
        for leftover in (self.pending, self.restricted / "spill"):
            shutil.rmtree(leftover, ignore_errors=True)
        self._make_folders()
        if not from_published:
            return
        with make_files_private():
            for name in PUBLISHED:
                _copy(self.root / name, self.pending / name)

    def discard(self) -> None:
        """Take the whole folder away: it was made by a run that never began to build."""
        shutil.rmtree(self.root, ignore_errors=True)

    def publish(self) -> None:
        """Move what is pending into place, all of it, even if a crash comes in between."""
        self.pending.rename(self._publishing)
        self._finish_publishing()

    @property
    def _publishing(self) -> Path:
        # This folder exists only while complete results are on their way.
        return self.restricted / "publishing"

    def _finish_publishing(self) -> None:
        for name in PUBLISHED:
            source, target = self._publishing / name, self.root / name
            if not source.exists():
                continue
            old = self.restricted / f"previous_{name}"
            _remove(old)
            if target.exists():
                target.rename(old)
            self._open_to_readers(source)
            source.rename(target)
        for name in PUBLISHED:
            _remove(self.restricted / f"previous_{name}")
        shutil.rmtree(self._publishing)

    def _open_to_readers(self, published: Path) -> None:
        # OUT was made under the user's own umask, or by hand: it says how open results may be.
        allowed = self.root.stat().st_mode
        for path in (published, *published.rglob("*")):
            path.chmod(allowed & (0o755 if path.is_dir() else 0o644))

    def _recover(self) -> bool:
        # A crash in publish() left some entries new and others old: go on where it stopped.
        is_halfway = self._publishing.exists()
        if is_halfway:
            self._finish_publishing()
        return is_halfway

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other runs out of the folder until the end, however this one ends.

        Raises:
            WarehouseBusyError: Another run is at work here.
        """
        self._make_folders()
        lock = self.restricted / "in_use.duckdb"
        with open_warehouse(lock, readable=(), settings=RunSettings(threads=1)):
            yield

    def write_result(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        """Write a result table as Parquet and, safe to open in a spreadsheet, as CSV.

        Args:
            name: Table of schemas.TABLES.
            table: Its rows, in the order they should stand.

        Returns:
            The table as written, with its column types.
        """
        checked = check_table(name, table)
        folder = self.pending / "results"
        with make_files_private():
            checked.to_parquet(folder / f"{name}.parquet", index=False)
            write_csv(checked, folder / f"{name}.csv")
        return checked

    def read_result(self, name: str) -> pd.DataFrame | None:
        """Read a pending result table; None when it was not made.

        Args:
            name: Table of schemas.TABLES.
        """
        path = self.pending / "results" / f"{name}.parquet"
        return check_table(name, pd.read_parquet(path)) if path.exists() else None

    def write_part(self, name: str, part: str, table: pd.DataFrame) -> None:
        """Keep some rows of a result table that another step puts together; never published.

        Args:
            name: Table of schemas.TABLES.
            part: Who made the rows.
            table: The rows.
        """
        folder = self.pending / "parts"
        with make_files_private():
            folder.mkdir(exist_ok=True)
            check_table(name, table).to_parquet(folder / f"{name}_{part}.parquet", index=False)

    def read_parts(self, name: str, parts: Sequence[str]) -> list[pd.DataFrame]:
        """Read the rows that were kept for a result table.

        Args:
            name: Table of schemas.TABLES.
            parts: Who made them, in the order wanted; those that made none are passed over.
        """
        paths = [self.pending / "parts" / f"{name}_{part}.parquet" for part in parts]
        return [check_table(name, pd.read_parquet(path)) for path in paths if path.exists()]

    def require_result(self, name: str) -> pd.DataFrame:
        """Read a pending result table that must be there.

        Args:
            name: Table of schemas.TABLES.

        Raises:
            EvaluationError: It was not made.
        """
        table = self.read_result(name)
        if table is None:
            raise EvaluationError(f"result {name} is missing; run the study first.")
        return table

    def remove_result(self, name: str) -> None:
        """Take a result table out of the pending ones."""
        for ending in ("parquet", "csv"):
            (self.pending / "results" / f"{name}.{ending}").unlink(missing_ok=True)

    def write_notes(self, name: str, notes: Sequence[str]) -> None:
        """Keep what an estimator had to say, for the report."""
        text = json.dumps(list(notes), ensure_ascii=False) + "\n"
        self.write_file(f"results/{name}_notes.json", text)

    def write_file(self, name: str, content: str | bytes) -> None:
        """Write a pending file.

        Args:
            name: Its place under OUT once it is published.
            content: Text is written as UTF-8.
        """
        data = content.encode() if isinstance(content, str) else content
        with make_files_private():
            (self.pending / name).write_bytes(data)

    def write_problems(self, contract: Sequence[str], errors: Sequence[str]) -> None:
        """Keep what would have stopped a run, for the end of a check."""
        content = {"contract": list(contract), "error": list(errors)}
        text = json.dumps(content, ensure_ascii=False) + "\n"
        (self.pending / "results" / "problems.json").write_text(text, encoding="utf-8")

    def read_problems(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Read what would have stopped a run: of the contract, and errors; none if not written."""
        path = self.pending / "results" / "problems.json"
        if not path.exists():
            return (), ()
        content = json.loads(path.read_text("utf-8"))
        return tuple(content["contract"]), tuple(content["error"])

    def read_notes(self) -> tuple[str, ...]:
        """Read the notes of all estimators, in name order."""
        paths = sorted((self.pending / "results").glob("*_notes.json"))
        return tuple(note for path in paths for note in json.loads(path.read_text("utf-8")))


def _copy(source: Path, target: Path) -> None:
    """Copy contents only: the modes of what is published are wider than those of a copy."""
    if source.is_dir():
        target.mkdir(exist_ok=True)
        for path in source.iterdir():
            _copy(path, target / path.name)
    elif source.exists():
        shutil.copyfile(source, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
