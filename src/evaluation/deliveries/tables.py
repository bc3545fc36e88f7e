"""The canonical tables of a delivery, and the names their columns have been seen under.

The columns are fixed by the contract; the names seen are data, in aliases.toml.
"""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

_ALIASES = Path(__file__).parent / "aliases.toml"


@dataclass(frozen=True, slots=True)
class CanonicalTable:
    """One table of the contract.

    Attributes:
        name: Name in delivery.toml.
        raw_table: Table in the warehouse that holds its rows as delivered, all text.
        required: Columns every file must have; a contact's sector may come from the file entry.
        optional: Columns that may be absent.
        is_required: A run needs the table.
        joined: Columns made by joining several delivered ones with a vertical bar.
        lost_without: What cannot be done without the table.
    """

    name: str
    raw_table: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    is_required: bool = False
    joined: tuple[str, ...] = ()
    lost_without: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Required, then optional columns."""
        return self.required + self.optional


_ALL = (
    CanonicalTable(
        "npr_contact",
        "raw_npr__contacts",
        (
            "npr_id",
            "sector",
            "care_level_code",
            "start_date",
            "end_date",
            "debitor_code",
            "main_icd10_code",
        ),
        (
            "contact_id",
            "contact_type_code",
            "secondary_icd10_codes",
            "procedure_codes",
            "institution_id",
            "npr_link_status_code",
        ),
        is_required=True,
        joined=("secondary_icd10_codes", "procedure_codes"),
        lost_without="who was treated, when and for what is unknown: there is nothing to estimate",
    ),
    CanonicalTable(
        "nav_benefit",
        "raw_nav__benefit_spells",
        ("nav_id", "benefit_code", "start_date"),
        (
            "end_date",
            "grade_percent",
            "job_id",
            "position_percent",
            "diagnosis_code",
            "diagnosis_system",
        ),
        is_required=True,
        lost_without="no benefit day is known: there is no outcome",
    ),
    CanonicalTable(
        "person",
        "raw_ssb__persons",
        ("ssb_id", "sex_code", "birth_year"),
        ("birth_month", "death_date", "emigration_date", "immigration_date"),
        is_required=True,
        lost_without="age and sex are unknown, and who died or left: nobody can be matched",
    ),
    CanonicalTable(
        "education",
        "raw_ssb__education",
        ("ssb_id", "year", "nus2000_code"),
        lost_without="education is unknown for all, so that matching on it compares nothing",
    ),
    CanonicalTable(
        "residence",
        "raw_ssb__residence",
        ("ssb_id", "year", "municipality_code"),
        lost_without="where persons live is unknown: no comparison within regions",
    ),
    CanonicalTable(
        "link",
        "raw_link__persons",
        ("npr_id", "nav_id", "ssb_id"),
        is_required=True,
        lost_without="the registers cannot be joined: no contact meets a benefit or a person",
    ),
    CanonicalTable(
        "institution",
        "raw_npr__institutions",
        ("institution_id",),
        ("hf_code", "rhf_code", "name", "service_code"),
        lost_without="institutions have no trust and no region",
    ),
    CanonicalTable(
        "employment",
        "raw_nav__employment",
        ("ssb_id", "employer_id", "start_date"),
        ("end_date", "position_percent"),
        lost_without="who had a job before treatment is unknown",
    ),
    CanonicalTable(
        "nav_measure",
        "raw_nav__measures",
        ("nav_id", "measure_code", "start_date"),
        ("end_date", "provider_id"),
        lost_without="what NAV itself did for persons is unknown",
    ),
)
CANONICAL_TABLES = {table.name: table for table in _ALL}


@cache
def read_aliases() -> dict[str, dict[str, list[str]]]:
    """Read names seen: table -> canonical column -> lower-case names or patterns (* and ?)."""
    content = tomllib.loads(_ALIASES.read_text(encoding="utf-8"))
    return {table: columns for table, columns in content.items() if isinstance(columns, dict)}


def match_columns(
    table: CanonicalTable, delivered: list[str], given: dict[str, str]
) -> dict[str, list[str]]:
    """Find the delivered columns of each canonical column.

    Args:
        table: The canonical table.
        delivered: Column names of the file.
        given: `columns` of delivery.toml, delivered name -> canonical name; goes first.

    Returns:
        Canonical column -> delivered names, in delivered order. More than one name is a
        clash unless the column is a joined one.
    """
    by_lower = {name.lower(): canonical for name, canonical in given.items()}
    # What delivery.toml says of a column, no alias contradicts.
    said = {by_lower[name.lower()] for name in delivered if name.lower() in by_lower}
    said -= set(table.joined)
    found: dict[str, list[str]] = {}
    for name in delivered:
        canonical = by_lower.get(name.lower()) or _canonical_of(table, name.lower())
        if canonical in said and name.lower() not in by_lower:
            continue
        if canonical is not None:
            found.setdefault(canonical, []).append(name)
    return found


def _canonical_of(table: CanonicalTable, name: str) -> str | None:
    aliases = read_aliases().get(table.name, {})
    if name in table.columns or name in aliases:
        return name
    exact = [column for column, names in aliases.items() if name in names]
    if exact:
        return exact[0]
    matching = [
        column
        for column, names in aliases.items()
        if any(fnmatchcase(name, pattern) for pattern in names)
    ]
    return matching[0] if matching else None
