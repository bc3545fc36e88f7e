"""A hand-made check of a delivery with something of everything that can be wrong."""

from datetime import date

import pandas as pd
import pytest

from evaluation.check_report.facts import CheckData, Facts, build_facts
from evaluation.deliveries.spec import DeliverySpec, FileEntry
from evaluation.linkage import compare_unlinked

SECTORS = {"SOM": 60_000, "PHV": 21_000, "TSB": 2_100, "ARR": 9_000}
DELIVERED = ("npr_contact", "nav_benefit", "person", "link", "residence")


def describe_delivery(**changed: object) -> DeliverySpec:
    values: dict[str, object] = {
        "id": "made-up",
        "kind": "synthetic",
        "first_date": date(2008, 1, 1),
        "last_date": date(2018, 12, 31),
        "nav_key": "nav_id",
        "benefit_resolution": "day",
        "sick_pay_counts_employer_period": True,
        "files": [FileEntry(table=name, path=f"{name}.csv") for name in DELIVERED],
    }
    return DeliverySpec.model_validate(values | changed)


def quality_row(
    name: str, severity: str, status: str, family: str, share: float
) -> dict[str, object]:
    return {
        "check_id": f"check_{name}",
        "table": "stg_npr__contacts",
        "column": "npr_id",
        "severity": severity,
        "status": status,
        "n_rows": 0 if status == "not_applicable" else 120_000,
        "n_violations": round(120_000 * share),
        "share": share,
        "threshold": 0.1 if severity == "error" else 0.02,
        "what_to_do": "Compare the keys with the link file: letter case, leading zeros.",
        "family": family,
        "means": "A person who is not linked is in no estimate.",
        "fingerprint": "f",
    }


def quality() -> pd.DataFrame:
    return pd.DataFrame(
        [
            quality_row("persons_are_unique", "contract", "pass", "conformance", 0.0),
            quality_row("contacts_are_linked", "error", "fail", "completeness", 0.1725),
            quality_row("debitor_share_is_steady", "warning", "fail", "plausibility", 0.0417),
            quality_row("episodes_have_lengths", "warning", "error", "plausibility", 0.0),
            quality_row("measures_are_usable", "error", "not_applicable", "conformance", 0.0),
            quality_row("contacts_within_coverage", "warning", "pass", "conformance", 0.0001),
        ]
    )


def places() -> pd.DataFrame:
    columns = ["check_id", "place", "rule", "column", "n_rows", "n_violations", "first_row"]
    rows: list[tuple[object, ...]] = [
        ("check_contacts_are_linked", f"npr/som_{year}.csv", "not_linked", "npr_id", 9000, n, 17)
        for n, year in enumerate(range(2008, 2019), start=1400)
    ]
    cell = ("check_debitor_share_is_steady", "SOM 2018-03 983975259", None, None, 12, 5, None)
    return pd.DataFrame([*rows, cell], columns=columns).assign(fingerprint="f")


def shares() -> pd.DataFrame:
    levels = [("sector", name, size) for name, size in SECTORS.items()]
    levels += [("year", str(year), 8_000 + 50 * (year % 7)) for year in range(2008, 2019)]
    levels += [("debitor_code", code, 20_000) for code in ("1", "20", "other", "unknown")]
    levels += [("age_band", "unknown", 92_100), ("sex", "1", 40_000), ("sex", "unknown", 52_100)]
    levels += [("arm", "treated", 13_000), ("arm", "comparator", 79_100)]
    rows = []
    for number, (dimension, level, size) in enumerate(levels):
        unlinked = round(size * (0.01 + 0.004 * (number % 5)))
        rows.append(
            {
                "dimension": dimension,
                "level": level,
                "n_rows": size,
                "n_rows_unlinked": unlinked,
                "n_rows_without_key": unlinked // 4,
                "n_persons": size // 3,
                "n_persons_unlinked": unlinked // 4,
                "share_unlinked": unlinked / size,
            }
        )
    return pd.DataFrame(rows).assign(fingerprint="f")


def difference() -> pd.DataFrame:
    persons = {
        "SOM": (8_000, 160, 40_000, 820),
        "PHV": (2_700, 150, 13_000, 300),
        "TSB": (20, 1, 900, 20),
        "ALL": (11_000, 311, 54_000, 1_140),
    }
    rows = [
        {"sector": sector, "year": 2010, "arm": arm, "n_persons": n, "n_persons_unlinked": lost}
        for sector, (n1, lost1, n0, lost0) in persons.items()
        for arm, n, lost in (("treated", n1, lost1), ("comparator", n0, lost0))
    ]
    return compare_unlinked(pd.DataFrame(rows), fingerprint="f")


def linkage() -> pd.DataFrame:
    columns = ["register", "n_persons", "n_linked", "n_unlinked", "n_link_rows_without_register"]
    rows = [("nav", 49_120, 49_033, 87, 0), ("npr", 65_000, 63_549, 1_451, 17)]
    return pd.DataFrame([*rows, ("ssb", 91_200, 91_200, 0, 0)], columns=columns)


def violations() -> pd.DataFrame:
    columns = ["key_space", "n_link_rows", "n_keys", "n_keys_repeated", "n_rows_repeated"]
    rows = [("nav", 49_120, 49_120, 0, 0), ("npr", 65_004, 65_000, 3, 7)]
    return pd.DataFrame([*rows, ("ssb", 65_004, 65_004, 0, 0)], columns=columns)


def files() -> pd.DataFrame:
    names = [("npr_contact", f"npr/som_{year}.csv") for year in range(2008, 2019)]
    names += [(table, f"{table}.csv") for table in DELIVERED[1:]]
    return pd.DataFrame(
        [
            {
                "table": table,
                "file": file,
                "rows_delivered": 9_000 + number,
                "rows_loaded": 8_990 + number,
                "rows_quarantined": 10,
            }
            for number, (table, file) in enumerate(names)
        ]
    )


def make_data(**changed: object) -> CheckData:
    values: dict[str, object] = {
        "spec": describe_delivery(),
        "fingerprint": "a1b2c3d4e5f6",
        "tables": {
            "quality": quality(),
            "quality_places": places(),
            "linkage": linkage(),
            "linkage_shares": shares(),
            "linkage_difference": difference(),
            "link_violations": violations(),
        },
        "files": files(),
        "error_problems": (
            "11 files: column npr_id, not linked in 20700 rows, first in row 17 of a file.",
        ),
    }
    return CheckData(**(values | changed))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def facts() -> Facts:
    return build_facts(make_data())


@pytest.fixture
def data() -> CheckData:
    return make_data()
