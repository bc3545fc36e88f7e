"""Write a delivery in raw form and its clean twin, and the list of what was planted."""

import csv
import io
import shutil
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import tomli_w

from synthetic_data.raw_forms import sas_fixtures
from synthetic_data.raw_forms.fd_trygd import MonthRows, to_months, write_fd_trygd
from synthetic_data.raw_forms.files import RawFile
from synthetic_data.raw_forms.nav import write_nav
from synthetic_data.raw_forms.npr import write_npr
from synthetic_data.raw_forms.options import RawOptions
from synthetic_data.raw_forms.planted import list_extra, list_quarantined, plant
from synthetic_data.raw_forms.source import Registers, read_registers
from synthetic_data.raw_forms.spelling import Row
from synthetic_data.raw_forms.ssb import with_months_of_death, write_ssb

_NAV_COVERAGE = {"first_date": date(2006, 1, 1), "last_date": date(2020, 12, 31)}


def write_raw_delivery(source: Path, out: Path, *, options: RawOptions | None = None) -> None:
    """Write out/clean and out/raw with the same content, and what only the raw one holds.

    out/planted_quarantine.parquet lists the rows of the raw delivery that must go to
    quarantine, out/planted_extra.parquet its good rows that repeat what others say. Neither is
    part of a delivery.

    Args:
        source: A delivery that `synthetic_data.generate.write_delivery` wrote.
        out: The folder; it must not exist, or be empty.
        options: Form, seed and switches; all defects when left out.

    Raises:
        FileExistsError: `out` holds something.
        FileNotFoundError: `source` is no delivery.
    """
    options = options or RawOptions()
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise FileExistsError(
            f"{out} exists and is not empty; nothing was written. Give another folder."
        )
    registers = read_registers(Path(source), options)
    months: MonthRows = {}
    if options.form == "month":
        months = to_months(registers, options)
        registers = replace(
            registers,
            persons=with_months_of_death(registers.persons),
            benefits=[row for rows in months.values() for row in rows],
        )
    files = [
        *write_npr(registers, options),
        *(write_fd_trygd(months, options) if months else write_nav(registers.benefits, options)),
        *write_ssb(registers, options),
    ]
    files = [file for file in files if file.lines]
    rng = np.random.default_rng([options.seed, 5])
    for file in files:
        plant(file, options, rng)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}-unfinished-", dir=out.parent))
    try:
        _write_raw(files, registers, options, unfinished / "raw")
        _write_clean(registers, options, unfinished / "clean")
        pq.write_table(list_quarantined(files), unfinished / "planted_quarantine.parquet")
        pq.write_table(list_extra(files), unfinished / "planted_extra.parquet")
        unfinished.chmod(0o755)
        if out.exists():
            out.rmdir()
        unfinished.rename(out)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write_raw(
    files: list[RawFile], registers: Registers, options: RawOptions, folder: Path
) -> None:
    entries = []
    for file in files:
        _write_bytes(folder / file.path, file.to_bytes())
        entries.append({"table": file.table, "path": file.path, **file.entry})
    for table, path, name in _sas_files(options):
        _write_bytes(folder / path, (sas_fixtures.FOLDER / name).read_bytes())
        entries.append({"table": table, "path": path})
    _write_spec(registers, options, entries, folder, name="raw")


def _sas_files(options: RawOptions) -> list[tuple[str, str, str]]:
    if not options.file_kinds:
        return []
    institutions, sick_leave = sas_fixtures.INSTITUTIONS, sas_fixtures.SICK_LEAVE
    files = [("institution", f"npr/{institutions}", institutions)]
    if options.form == "day":
        files.append(("nav_benefit", f"nav/{sick_leave}", sick_leave))
    return files


def _write_clean(registers: Registers, options: RawOptions, folder: Path) -> None:
    benefits = list(registers.benefits)
    if options.form == "day" and options.file_kinds:
        benefits += sas_fixtures.read_sick_leave()
    tables = {
        "npr_contact": registers.contacts,
        "nav_benefit": benefits,
        "person": registers.persons,
        "education": registers.education,
        "residence": registers.residence,
        "link": registers.links,
        "institution": registers.institutions,
    }
    if options.npr_persons:
        tables["npr_person"] = registers.npr_persons
    entries = []
    for table, rows in tables.items():
        # Under SSB's key, the column of NAV's files bears SSB's name, and the link has no third.
        rename = {"nav_id": "ssb_id"} if options.form == "month" and table != "link" else {}
        drop = {"nav_id"} if options.form == "month" and table == "link" else set()
        _write_bytes(folder / f"{table}.csv", _clean_bytes(rows, rename, drop))
        entries.append({"table": table, "path": f"{table}.csv"})
    _write_spec(registers, options, entries, folder, name="clean")


def _clean_bytes(rows: list[Row], rename: dict[str, str], drop: set[str]) -> bytes:
    columns = [column for column in rows[0] if column not in drop]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([rename.get(column, column) for column in columns])
    writer.writerows([[row[column] for column in columns] for row in rows])
    return text.getvalue().encode()


def _write_spec(
    registers: Registers,
    options: RawOptions,
    entries: list[dict[str, Any]],
    folder: Path,
    *,
    name: str,
) -> None:
    is_month = options.form == "month"
    head = {
        **registers.about,
        "id": f"{registers.about['id']}-{options.form}-{name}",
        "nav_key": "ssb_id" if is_month else "nav_id",
        "benefit_resolution": options.form,
        # FD-Trygd's sick pay begins after the employer's days; register facts 2.4.
        "sick_pay_counts_employer_period": not is_month,
    }
    spec = {"delivery": head, "coverage": {"nav_benefit": _NAV_COVERAGE}, "file": entries}
    _write_bytes(folder / "delivery.toml", tomli_w.dumps(spec).encode())


def _write_bytes(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
