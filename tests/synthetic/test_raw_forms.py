"""Deliveries in raw form: same bytes, every switch does what it says, names are those seen."""

import csv
import gzip
import hashlib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from synthetic_data.generate import write_delivery
from synthetic_data.raw_forms import RawOptions, sas_fixtures, write_raw_delivery
from synthetic_data.raw_forms.options import SWITCHES
from synthetic_data.scenario import read_scenario

# Names of columns as register-facts 1.2, 1.3, 2.2, 2.4, 3.1 to 3.3 and 8 have them, in lower
# case; jobb_id, ytelse_navn, emigrertdato and orgnr to navn are those of the generator.
SEEN_NAMES = {
    *("lnr", "lopenr", "nprid_reg", "aar", "inndato", "utdato", "institusjonid", "hf"),
    *("omsorgsniva", "omsorgsniva_navn", "kontakttype", "debitor", "sektor"),
    *("tilstand_1_1", "tilstand_1_2", "tilstand_2_1", "tilstand_3_1", "ncmp_1", "ncsp_1"),
    *("tilst1akse1", "tilst2akse1", "tilst3akse1"),
    *(f"dup_tilstand_{place}" for place in range(1, 6)),
    *("fag", "kontakt", "hjemmelstr", "komplett"),
    *("doddato_dsf_190619", "emigrertdato_dsf_190619", "fodtaar_dsf_190619"),
    *("fodtmnd_dsf_190619", "kjonn_dsf_190619"),
    *("nav_lopenr", "ytelse", "ytelse_navn", "fom", "tom", "grad", "stillingsprosent"),
    *("jobb_id", "orgnummer", "hoveddiagnose", "diagnosesystem"),
    *("spkode", "spgrad", "erdag", "tilgdato_mnd", "avgdato_mnd", "regdato_mnd"),
    *("attfkode_mnd", "attftilg_mnd", "attftom_mnd", "ufg", "asoktom_mnd"),
    *("kode", "tilgdato", "avgdato", "tomdato", "uforetp"),
    *("pnsjkode", "pnsjtilg", "pnsjavg", "pnsjtom"),
    *("w20_0450_lopenr_person", "w24_0511_lopenr_person", "w19_0634_lnr", "lopenr_person"),
    *("kjoenn", "foedselsaar", "foedsels_aar_mnd", "doeds_aar_mnd", "doddato", "emigrertdato"),
    *("aargang", "bu", "budato", "kommnr"),
    *(f"bostedskommune_01_01_{year}" for year in range(2006, 2019)),
    *("npr_lopenr", "ssb_lopenr", "orgnr", "rhf", "navn"),
}
FAMILIES = {
    "day": {
        *("AVD", "som", "phv_rus", "AVTSPESSOM", "aspes", "REHAB", "PERSON", "institusjon"),
        *("sykefravaer", "ytelser", "faste_oppl", "f_utd_demografi", "bosted", "kobling"),
    },
    "month": {
        *("AVD", "som", "phv_rus", "AVTSPESSOM", "aspes", "REHAB", "PERSON", "institusjon"),
        *("f_sp", "f_attf", "f_arbsok", "f_rehab", "f_tu", "f_aap", "f_ufp", "f_pensj_ufp"),
        *("faste_oppl", "f_utd_demografi", "kommnr", "kobling"),
    },
}
ONLY_MONTH = {"history_lines"}

Write = Callable[[RawOptions], Path]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source") / "delivery"
    write_delivery(scenario="sintef", persons=1000, seed=7, out=folder)
    return folder


@pytest.fixture(scope="module")
def write(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Write once for each set of options."""
    written: dict[RawOptions, Path] = {}

    def _write(options: RawOptions) -> Path:
        if options not in written:
            written[options] = tmp_path_factory.mktemp("raw") / "pair"
            write_raw_delivery(source, written[options], options=options)
        return written[options]

    return _write


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def find(pair: Path, pattern: str) -> Path:
    found = sorted((pair / "raw").glob(pattern))
    assert len(found) == 1, (pattern, found)
    return found[0]


def read_bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def read_cells(path: Path) -> list[list[str]]:
    """Read a csv in whatever way it is written."""
    content = read_bytes(path)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    return list(csv.reader(text.splitlines(), delimiter=delimiter))


def read_names(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return pq.read_schema(path).names
    readers = {
        ".sav": pyreadstat.read_sav,
        ".dta": pyreadstat.read_dta,
        ".sas7bdat": pyreadstat.read_sas7bdat,
    }
    if path.suffix in readers:
        return list(readers[path.suffix](str(path), metadataonly=True)[1].column_names)
    return read_cells(path)[0]


def column(path: Path, name: str) -> list[str]:
    header, *rows = read_cells(path)
    place = [n.lower() for n in header].index(name.lower())
    return [row[place] for row in rows]


def data_files(pair: Path) -> list[Path]:
    spec = tomllib.loads((pair / "raw" / "delivery.toml").read_text("utf-8"))
    return [pair / "raw" / entry["path"] for entry in spec["file"]]


def planted(pair: Path, name: str = "quarantine") -> list[dict[str, Any]]:
    return pq.read_table(pair / f"planted_{name}.parquet").to_pylist()


@pytest.mark.parametrize("form", ["day", "month"])
def test_same_seed_gives_the_same_bytes(
    form: Any, source: Path, write: Write, tmp_path: Path
) -> None:
    first = write(RawOptions(form=form))
    write_raw_delivery(source, tmp_path / "second", options=RawOptions(form=form))
    assert digest(first) == digest(tmp_path / "second")


def test_another_seed_gives_other_bytes(write: Write) -> None:
    assert digest(write(RawOptions(seed=1))) != digest(write(RawOptions(seed=2)))


@pytest.mark.parametrize("form", ["day", "month"])
def test_every_family_has_its_file(form: Any, write: Write) -> None:
    names = [path.name for path in data_files(write(RawOptions(form=form)))]
    for family in FAMILIES[form]:
        assert any(family in name for name in names), family


@pytest.mark.parametrize("form", ["day", "month"])
def test_column_names_are_those_seen_in_deliveries(form: Any, write: Write) -> None:
    for path in data_files(write(RawOptions(form=form))):
        unknown = {name.lower() for name in read_names(path)} - SEEN_NAMES
        assert unknown == set(), path.name


@pytest.mark.parametrize("form", ["day", "month"])
def test_nothing_is_planted_when_all_is_switched_off(form: Any, write: Write) -> None:
    pair = write(RawOptions(form=form).only())
    assert planted(pair) == []
    assert planted(pair, "extra") == []
    assert {path.suffix for path in data_files(pair)} == {".csv"}
    counts = {path.stem: len(read_cells(path)) - 1 for path in data_files(pair)}
    clean = {path.stem: len(read_cells(path)) - 1 for path in (pair / "clean").glob("*.csv")}
    contacts = sum(
        count
        for name, count in counts.items()
        if name.startswith(("24_", "M19_")) and "PERSON" not in name
    )
    assert contacts == clean["npr_contact"]
    benefits = sum(
        count
        for name, count in counts.items()
        if name.startswith(("f_", "sykefravaer", "ytelser")) and "utd" not in name
    )
    assert benefits == clean["nav_benefit"]
    assert counts["kobling"] == clean["link"]


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_changes_the_raw_delivery(switch: str, write: Write) -> None:
    form: Any = "month" if switch in ONLY_MONTH else "day"
    off, on = (write(RawOptions(form=form).only(*names)) for names in ((), (switch,)))
    assert digest(off / "raw") != digest(on / "raw")


@pytest.mark.parametrize(
    "switch",
    [
        *("mixed_case", "mixed_types", "encodings", "decimal_comma", "date_styles", "dupli"),
        *("dotted_icd", "duplicates", "unlinkable_rows", "bad_rows", "broken_lines"),
    ],
)
def test_a_switch_of_writing_leaves_the_clean_twin_alone(switch: str, write: Write) -> None:
    off, on = (write(RawOptions().only(*names)) for names in ((), (switch,)))
    assert digest(off / "clean") == digest(on / "clean")


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\['nothing'\].*mixed_case"):
        RawOptions().only("nothing")


def test_mixed_case_changes_names_in_case_only(write: Write) -> None:
    off, on = write(RawOptions().only()), write(RawOptions().only("mixed_case"))
    before = read_names(find(off, "npr/M19_AVD2010*"))
    after = read_names(find(on, "npr/M19_AVD2010*"))
    assert "innDato" in before
    assert after == [name.upper() for name in before]


def test_mixed_types_write_the_same_codes_in_several_ways(write: Write) -> None:
    off, on = write(RawOptions().only()), write(RawOptions().only("mixed_types"))
    before = column(find(off, "npr/M19_AVD2012*"), "debitor")
    after = column(find(on, "npr/M19_AVD2012*"), "debitor")
    assert {" 1", "01", "1.0", "1"} <= set(after)
    assert [text.strip().removesuffix(".0").lstrip("0") for text in after] == before


def test_encodings_are_latin_1_windows_1252_and_a_byte_order_mark(write: Write) -> None:
    pair = write(RawOptions().only("encodings", "windows_signs"))
    latin = find(pair, "npr/M19_AVD2008*").read_bytes()
    assert "Døgnopphold".encode("latin-1") in latin
    assert not re.search(rb"[\x80-\x9f]", latin)
    assert find(pair, "npr/M19_AVD2009*").read_bytes().startswith(b"\xef\xbb\xbf")
    assert b"\x96 HF" in find(pair, "npr/institusjon.csv").read_bytes()
    plain = find(write(RawOptions().only()), "npr/M19_AVD2008*").read_bytes()
    assert "Døgnopphold" in plain.decode("utf-8")


def test_decimal_comma_stands_in_grades_and_in_the_file_entry(write: Write) -> None:
    pair = write(RawOptions().only("decimal_comma"))
    path = find(pair, "nav/sykefravaer_2006*")
    assert "100,0" in column(path, "grad")
    spec = tomllib.loads((pair / "raw" / "delivery.toml").read_text("utf-8"))
    decimals = {entry["path"]: entry.get("decimal") for entry in spec["file"]}
    assert decimals["nav/sykefravaer_2006_2009.csv"] == ","
    assert decimals["nav/sykefravaer_2013_2015.csv"] is None


@pytest.mark.parametrize(
    ("pattern", "form"),
    [
        ("npr/M19_AVD2008*", r"\d\d\.\d\d\.2008"),
        ("npr/M19_AVD2009*", r"2009-\d\d-\d\d"),
        ("npr/M19_AVD2010*", r"2010\d{4}"),
        ("npr/M19_AVD2011*", r"\d\d[A-Z]{3}2011"),
        ("npr/M19_AVD2012*", r"2012-\d\d-\d\d 00:00:00"),
    ],
)
def test_date_styles_are_one_a_file(pattern: str, form: str, write: Write) -> None:
    days = column(find(write(RawOptions().only("date_styles")), pattern), "innDato")
    assert days
    assert all(re.fullmatch(form, day) for day in days)
    off = column(find(write(RawOptions().only()), pattern), "innDato")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in off)


def test_kinds_of_files_hold_real_dates_and_numbers(write: Write) -> None:
    pair = write(RawOptions().only("file_kinds", "mixed_types"))
    endings = {path.suffix for path in data_files(pair)}
    assert endings == {".csv", ".gz", ".parquet", ".sav", ".dta", ".sas7bdat"}
    somatic = pq.read_schema(find(pair, "npr/24_01903_som_2016*"))
    assert somatic.field("innDato").type == pa.date32()
    assert somatic.field("debitor").type == pa.int64()
    education = pq.read_table(find(pair, "ssb/f_utd_demografi_2006*"))
    assert education.schema.field("bu").type == pa.int64()
    for path in (find(pair, "npr/M19_REHAB0813*"), find(pair, "nav/sykefravaer_2010*")):
        reader = pyreadstat.read_sav if path.suffix == ".sav" else pyreadstat.read_dta
        frame, found = reader(str(path))
        start = "innDato" if path.suffix == ".sav" else "fom"
        assert found.readstat_variable_types[start] in ("double", "int32")
        assert {type(value).__name__ for value in frame[start]} == {"date"}


def test_letters_of_debitor_stop_in_2009_and_are_in_both_twins(write: Write) -> None:
    pair = write(RawOptions().only("debitor_letters"))
    letters = {"GR", "IN", "OF", "PA", "PF", "RE", "TR"}
    early = {*column(find(pair, "npr/M19_AVD2008*"), "debitor")}
    late = {*column(find(pair, "npr/M19_AVD2010*"), "debitor")}
    assert early & letters
    assert not late & letters
    assert {*column(pair / "clean" / "npr_contact.csv", "debitor_code")} & letters


def test_diagnoses_get_signs_and_lower_case(write: Write) -> None:
    off, on = write(RawOptions().only()), write(RawOptions().only("dotted_icd"))
    before = column(find(off, "npr/M19_AVD2008*"), "tilstand_1_1")
    after = column(find(on, "npr/M19_AVD2008*"), "tilstand_1_1")
    assert all(re.fullmatch(r"[A-Z]\d+", text) for text in before)
    for form in (r"[A-Z]\d\d\.\d+", r"[A-Z]\d\d,\d+", r"[A-Z]\d\d \d+", r"[a-z]\d+"):
        assert any(re.fullmatch(form, text) for text in after), form
    assert [re.sub("[., ]", "", text).upper() for text in after] == before


def test_dupli_sends_the_reader_to_dup_tilstand_1(write: Write) -> None:
    off, on = write(RawOptions().only()), write(RawOptions().only("dupli"))
    before = column(find(off, "npr/M19_AVTSPESSOM*"), "tilstand_1_1")
    main = column(find(on, "npr/M19_AVTSPESSOM*"), "tilstand_1_1")
    other = column(find(on, "npr/M19_AVTSPESSOM*"), "dup_tilstand_1")
    assert "dupli" in main
    assert "dupli" not in before
    assert [b if a == "dupli" else a for a, b in zip(main, other, strict=True)] == before


def test_signs_of_windows_are_in_both_twins(write: Write) -> None:
    pair = write(RawOptions().only("windows_signs"))
    assert any("–" in name for name in column(find(pair, "npr/institusjon.csv"), "navn"))
    assert any("–" in name for name in column(pair / "clean" / "institution.csv", "name"))


def test_open_ends_are_in_both_twins(write: Write) -> None:
    off, on = write(RawOptions().only()), write(RawOptions().only("open_ends"))
    for pair, is_open in ((off, False), (on, True)):
        raw = column(find(pair, "nav/ytelser_2012*"), "tom")
        clean = column(pair / "clean" / "nav_benefit.csv", "end_date")
        assert ("" in raw) is is_open
        assert ("" in clean) is is_open


@pytest.mark.parametrize(
    ("switch", "form", "why"),
    [
        ("duplicates", "day", "duplicate"),
        ("overlaps", "day", "overlap"),
        ("history_lines", "month", "history_line"),
    ],
)
def test_extra_rows_are_listed_and_repeat_what_another_row_says(
    switch: str, form: Any, why: str, write: Write
) -> None:
    pair = write(RawOptions(form=form).only(switch))
    extra = planted(pair, "extra")
    assert {row["why"] for row in extra} == {why}
    for row in extra:
        cells = read_cells(pair / "raw" / row["file"])
        own = cells[row["row_number"]]
        others = cells[1 : row["row_number"]] + cells[row["row_number"] + 1 :]
        if why == "duplicate":
            assert own in others
        else:
            # Same person; the end, and a code that is drawn anew, may differ.
            same = [line for line in others if line[0] == own[0]]
            assert any(sum(a != b for a, b in zip(own, r, strict=True)) <= 2 for r in same)


def test_unlinkable_rows_have_status_4_and_no_key(write: Write) -> None:
    pair = write(RawOptions().only("unlinkable_rows"))
    rows = planted(pair)
    assert {(row["rule"], row["column"]) for row in rows} == {("missing_key", "npr_id")}
    for row in rows:
        header, *cells = read_cells(pair / "raw" / row["file"])
        found = dict(zip(header, cells[row["row_number"] - 1], strict=True))
        assert found["NPRId_reg"] == "4"
        assert (found.get("LNr") or found.get("lopenr") or "") == ""


def test_broken_lines_have_another_number_of_columns(write: Write) -> None:
    pair = write(RawOptions().only("broken_lines"))
    rows = planted(pair)
    assert rows
    broken = {(row["file"], row["row_number"]): row["rule"] for row in rows}
    for path in data_files(pair):
        header, *cells = read_cells(path)
        name = path.relative_to(pair / "raw").as_posix()
        for number, line in enumerate(cells, start=1):
            rule = broken.get((name, number))
            expected = {None: 0, "missing_columns": -1, "too_many_columns": 1}[rule]
            assert len(line) - len(header) == expected, (name, number)


@pytest.mark.parametrize(
    ("form", "rules"),
    [
        (
            "day",
            {
                *("missing_key", "missing_date", "invalid_date", "month_only"),
                *("end_before_start", "invalid_number", "unknown_code"),
            },
        ),
        (
            "month",
            {
                *("missing_key", "missing_date", "invalid_date", "month_only"),
                *("end_before_start", "invalid_number", "unknown_code", "other_content"),
            },
        ),
    ],
)
def test_bad_rows_break_every_rule_and_are_listed_where_they_stand(
    form: Any, rules: set[str], write: Write
) -> None:
    pair, good = write(RawOptions(form=form).only("bad_rows")), write(RawOptions(form=form).only())
    rows = planted(pair)
    assert {row["rule"] for row in rows} == rules
    for path in data_files(pair):
        name = path.relative_to(pair / "raw").as_posix()
        bad = {row["row_number"] for row in rows if row["file"] == name}
        header, *cells = read_cells(path)
        kept = [line for number, line in enumerate(cells, start=1) if number not in bad]
        assert [header, *kept] == read_cells(good / "raw" / name), name


def test_digits_of_sektor_mean_other_sectors_in_another_file(write: Write) -> None:
    spec = tomllib.loads((write(RawOptions()) / "raw" / "delivery.toml").read_text("utf-8"))
    codes = [entry["codes"]["sector"] for entry in spec["file"] if "phv_rus" in entry["path"]]
    assert codes == [{"2": "PHV", "3": "TSB"}, {"1": "TSB", "2": "PHV"}]


@pytest.mark.parametrize(("form", "shape"), [("day", r"20\d{6}"), ("month", r"20\d{4}")])
def test_budato_is_a_day_or_a_month_up_to_the_status_day(
    form: Any, shape: str, write: Write
) -> None:
    path = find(write(RawOptions(form=form).only()), "ssb/f_utd_demografi_2012*")
    dates = column(path, "budato")
    assert dates
    assert all(re.fullmatch(shape, text) for text in dates)
    assert min(dates) >= "201110"
    assert len({text[4:6] for text in dates}) > 5


def test_a_folder_that_holds_something_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept", encoding="utf-8")
    with pytest.raises(FileExistsError, match="nothing was written"):
        write_raw_delivery(source, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_source_that_is_no_delivery_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_raw_delivery(tmp_path / "nothing", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_files_of_sas_hold_what_the_clean_twin_says() -> None:
    units = {unit["institution"]: unit for unit in read_scenario("sintef")["rehab_unit"]}
    frame, _ = pyreadstat.read_sas7bdat(str(sas_fixtures.FOLDER / sas_fixtures.INSTITUTIONS))
    held = [(row.orgnr, row.hf, row.rhf, row.navn) for row in frame.itertuples()]
    assert held == [(n, u["hf"], u["rhf"], u["name"]) for n, u in units.items()]
    frame, found = pyreadstat.read_sas7bdat(str(sas_fixtures.FOLDER / sas_fixtures.SICK_LEAVE))
    spells = [(r.nav_lopenr, str(r.fom), str(r.tom)) for r in frame.itertuples()]
    rows = sas_fixtures.read_sick_leave()
    assert spells == [(r["nav_id"], r["start_date"], r["end_date"]) for r in rows]
    assert found.original_variable_types["fom"] == "DATE9"


def test_files_of_sas_are_those_that_their_maker_makes() -> None:
    try:
        made = sas_fixtures.build_sick_leave(), sas_fixtures.build_institutions()
    except AttributeError:
        pytest.skip("this build of pyreadstat hides ReadStat's functions")
    kept = (
        (sas_fixtures.FOLDER / sas_fixtures.SICK_LEAVE).read_bytes(),
        (sas_fixtures.FOLDER / sas_fixtures.INSTITUTIONS).read_bytes(),
    )
    assert made == kept
