"""DeliverySpec: what delivery.toml says of a delivery."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluation.deliveries.families import NO_FAMILY, read_families
from evaluation.deliveries.tables import CANONICAL_TABLES, CanonicalTable
from evaluation.errors import DeliveryError
from evaluation.published import Sector
from evaluation.study import describe_problems

SPEC_FILE = "delivery.toml"
SAS_DAYS = "sas_days"
"""What date_format says of dates that are numbers of days since 1960-01-01, as SAS and Stata have.

A csv made from such a file may hold them bare, and nothing but the entry can tell."""


_NO_DELIMITERS = '"\n\r\0'


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Coverage(_Part):
    """First and last day that a register covers, both included."""

    first_date: date
    last_date: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_date < self.first_date:
            raise ValueError(f"last_date {self.last_date} is before first_date {self.first_date}")
        return self


class FileEntry(_Part):
    """One [[file]] of delivery.toml; `path` may be a glob inside the delivery folder.

    `values` are constants for columns that the file does not hold, `codes` translate delivered
    values into canonical ones, `family` names a section of families_*.toml ("none" for none).
    """

    table: str
    path: Annotated[str, Field(min_length=1)]
    family: str | None = None
    sector: Sector | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: Literal["utf-8", "latin-1", "cp1252"] | None = None
    decimal: Literal[".", ","] | None = None
    date_format: str | None = None
    columns: dict[str, str] = {}
    values: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        table = CANONICAL_TABLES.get(self.table)
        if table is None:
            raise ValueError(
                f"unknown table {self.table!r}; allowed: {', '.join(sorted(CANONICAL_TABLES))}"
            )
        self._refuse_unknown_columns(table)
        if self.delimiter is not None and self.delimiter in _NO_DELIMITERS:
            raise ValueError(
                f"delimiter is {self.delimiter!r}; allowed: any sign but a quote, a line end or a"
                " null byte"
            )
        if self.sector is not None and self.table != "npr_contact":
            raise ValueError("sector belongs to files of npr_contact only")
        if self.sector is not None and "sector" in self.values:
            raise ValueError("sector is said twice, as sector and under values; keep one")
        self._refuse_unknown_family()
        self._refuse_unknown_sectors()
        if not (
            self.date_format is None or "%" in self.date_format or self.date_format == SAS_DAYS
        ):
            raise ValueError(
                f"date_format is {self.date_format!r}; give it in the way of %d.%m.%Y, or"
                f" {SAS_DAYS} for numbers of days since 1960-01-01"
            )
        return self

    def _refuse_unknown_columns(self, table: CanonicalTable) -> None:
        named = {
            "columns": set(self.columns.values()) - {"ssb_id", "nav_id"},
            "values": set(self.values),
            "codes": set(self.codes),
        }
        for part, columns in named.items():
            unknown = sorted(columns - set(table.columns))
            if unknown:
                verb = "maps to" if part == "columns" else "names"
                raise ValueError(
                    f"{part} {verb} {unknown}, which {self.table} does not have;"
                    f" allowed: {', '.join(table.columns)}{self._tell_turned(part, table)}"
                )

    def _tell_turned(self, part: str, table: CanonicalTable) -> str:
        """Tell the order of names where they stand the other way round."""
        turned = {column: name for name, column in self.columns.items() if name in table.columns}
        if part != "columns" or not turned:
            return ""
        name, column = min(turned.items())
        return f". The name in the file goes first: columns = {{ {name} = {column!r} }}"

    def _refuse_unknown_family(self) -> None:
        if self.family is None or self.family == NO_FAMILY:
            return
        own = sorted(f.name for f in read_families().values() if f.table == self.table)
        if self.family not in own:
            raise ValueError(
                f"family is {self.family!r}; allowed for {self.table}:"
                f" {', '.join([*own, NO_FAMILY])}"
            )

    def _refuse_unknown_sectors(self) -> None:
        said = {self.values.get("sector"), *self.codes.get("sector", {}).values()} - {None}
        unknown = sorted(str(sector) for sector in said - set(get_args(Sector)))
        if unknown:
            raise ValueError(f"{unknown} is no sector; allowed: {', '.join(get_args(Sector))}")

    @property
    def constants(self) -> dict[str, str]:
        """`values`, with the sector among them."""
        return self.values if self.sector is None else {**self.values, "sector": self.sector}


class DeliverySpec(_Part):
    """A delivery: its id, its dates, its keys and its files."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
    kind: Literal["synthetic", "approved"]
    first_date: date
    last_date: date
    nav_key: Literal["nav_id", "ssb_id"]
    benefit_resolution: Literal["day", "month"]
    sick_pay_counts_employer_period: bool
    coverage: dict[str, Coverage] = {}
    files: tuple[FileEntry, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.last_date < self.first_date:
            raise ValueError(f"last_date {self.last_date} is before first_date {self.first_date}")
        unknown = sorted(set(self.coverage) - set(CANONICAL_TABLES))
        if unknown:
            raise ValueError(
                f"coverage names unknown tables {unknown};"
                f" allowed: {', '.join(sorted(CANONICAL_TABLES))}"
            )
        return self

    @property
    def missing_tables(self) -> tuple[str, ...]:
        """Tables without any file, required or not, in the order of the contract."""
        delivered = {file.table for file in self.files}
        return tuple(name for name in CANONICAL_TABLES if name not in delivered)

    def validate_complete(self) -> None:
        """Refuse a delivery that lacks a table which a run needs.

        Raises:
            DeliveryError: Names each of them with what cannot be done without it.
        """
        lacking = [CANONICAL_TABLES[name] for name in self.missing_tables]
        problems = [
            f"{SPEC_FILE}: no [[file]] for the required table {table.name}. Without it"
            f" {table.lost_without}."
            for table in lacking
            if table.is_required
        ]
        if problems:
            raise DeliveryError(problems)

    @classmethod
    def from_folder(cls, folder: Path) -> "DeliverySpec":
        """Read delivery.toml of a folder.

        Args:
            folder: The delivery.

        Raises:
            DeliveryError: It cannot be read or breaks the contract; all problems at once.
        """
        path = folder / SPEC_FILE
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise DeliveryError(
                f"{path}: cannot be read ({type(error).__name__}). A delivery is a folder with a"
                f" {SPEC_FILE} in UTF-8; see README.md, section Delivery. For a folder as it was"
                " received, evaluation check --suggest writes a first one."
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise DeliveryError(f"{path}: not valid TOML: {error}.") from None
        head = content.pop("delivery", {})
        files = content.pop("file", [])
        coverage = content.pop("coverage", {})
        if not isinstance(head, dict):
            raise DeliveryError(f"{path}: delivery must be a section, [delivery].")
        problems = [
            f"{path}: {key} is not a known section; allowed: delivery, file, coverage."
            for key in content
        ]
        problems += [
            f"{path}: {key} does not belong under [delivery]; it is a section of its own."
            for key in ("files", "coverage")
            if key in head
        ]
        try:
            spec = cls.model_validate({**head, "coverage": coverage, "files": files})
        except ValidationError as error:
            problems += [f"{path}: {_in_file_words(text)}" for text in describe_problems(error)]
            raise DeliveryError(problems) from None
        if problems:
            raise DeliveryError(problems)
        return spec

    def covers(self, table: str) -> Coverage:
        """Return the dates a table covers: its own, or the delivery's."""
        whole = Coverage(first_date=self.first_date, last_date=self.last_date)
        return self.coverage.get(table, whole)


def _in_file_words(problem: str) -> str:
    # The reader counts [[file]] entries from one.
    return re.sub(r"^files\.(\d+)", lambda place: f"[[file]] no. {int(place[1]) + 1}", problem)
