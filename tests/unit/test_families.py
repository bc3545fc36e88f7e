"""One small header for each family: what its columns are taken for."""

from dataclasses import dataclass, field

import pytest

from evaluation.deliveries.families import (
    find_family,
    find_reason_not_to_read,
    find_years,
    read_families,
)
from evaluation.deliveries.spec import FileEntry
from evaluation.deliveries.tables import CANONICAL_TABLES
from evaluation.deliveries.understanding import Understanding, understand

KEY = "w20_0450_lopenr_person"


def look(file: str, header: str, *, nav_key: str = "ssb_id", **entry: object) -> Understanding:
    table = entry.pop("table", None) or next(
        f.table for f in read_families().values() if f.fits_name(file)
    )
    found = FileEntry(table=table, path=file, **entry)  # type: ignore[arg-type]
    return understand(found, file, header.split(), nav_key)


@dataclass(frozen=True)
class Case:
    family: str
    file: str
    header: str
    mapping: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    kept: tuple[str, tuple[str, ...]] | None = None
    substitutes: dict[str, tuple[str, str]] = field(default_factory=dict)


NPR = "LNr innDato utDato omsorgsniva debitor tilstand_1_1 debitor_Navn tilstand_1_1_navn"
NPR_MAPPING = {
    "npr_id": "LNr",
    "start_date": "innDato",
    "end_date": "utDato",
    "care_level_code": "omsorgsniva",
    "debitor_code": "debitor",
    "main_icd10_code": "tilstand_1_1",
}
PHV = "lopenr inndato utdato omsorgsniva debitor tilst1akse1 tilst2akse1"
PHV_MAPPING = {
    "npr_id": "lopenr",
    "start_date": "inndato",
    "end_date": "utdato",
    "care_level_code": "omsorgsniva",
    "debitor_code": "debitor",
    "main_icd10_code": "tilst1akse1",
    "secondary_icd10_codes": "tilst2akse1",
}
ASPES = "LNr inndato debitor tilstand_1_1 dup_tilstand_1 dup_tilstand_2 hjemmelstr komplett"
ASPES_MAPPING = {
    "npr_id": "LNr",
    "start_date": "inndato",
    "end_date": "inndato",
    "debitor_code": "debitor",
    "main_icd10_code": "tilstand_1_1",
    "secondary_icd10_codes": "dup_tilstand_2",
}
DUPLI = {"main_icd10_code": ("dupli", "dup_tilstand_1")}
PERSON = {"nav_id": KEY}
CASES = [
    Case("npr_som", "24_01903_som_til_utlevering.csv", NPR, NPR_MAPPING, {"sector": "SOM"}),
    Case("npr_som", "SOM2018.sas7bdat", NPR, NPR_MAPPING, {"sector": "SOM"}),
    Case("npr_avd", "M19_AVD2014_UTLEVERINGSFIL.csv", NPR, NPR_MAPPING, {"sector": "SOM"}),
    Case(
        "npr_sho",
        "M19_SHO2014_UTLEVERINGSFIL.csv",
        f"{NPR} aggrshoppID_LNr",
        NPR_MAPPING | {"contact_id": "aggrshoppID_LNr"},
        {"sector": "SOM"},
    ),
    Case("npr_phv", "phv_2010.csv", PHV, PHV_MAPPING, {"sector": "PHV"}),
    Case("npr_phv", "vop2010.csv", PHV, PHV_MAPPING, {"sector": "PHV"}),
    Case("npr_tsb", "tsb_2010.csv.gz", PHV, PHV_MAPPING, {"sector": "TSB"}),
    Case(
        "npr_aspes_som",
        "M19_AVTSPESSOM2014_UTL_FIL.sav",
        ASPES,
        ASPES_MAPPING,
        {"sector": "SOM", "care_level_code": "3"},
        substitutes=DUPLI,
    ),
    Case(
        "npr_aspes_psy",
        "aspes_psy_2015.csv",
        f"{ASPES} utDato omsorgsniva",
        ASPES_MAPPING | {"end_date": "utDato", "care_level_code": "omsorgsniva"},
        {"sector": "PHV"},
        substitutes=DUPLI,
    ),
    Case("npr_rehab", "M19_REHAB1418_UTL_FIL.csv", NPR, NPR_MAPPING, {"sector": "ARR"}),
    Case(
        "npr_persons",
        "M19_PERSON_190619_UTL_FIL.csv",
        "LNr fodtaar_dsf_190619 fodtmnd_dsf_190619 kjonn_dsf_190619 kjonn_dsf_190619_navn"
        " doddato_dsf_190619 emigrertdato_dsf_190619",
        {
            "npr_id": "LNr",
            "birth_year": "fodtaar_dsf_190619",
            "birth_month": "fodtmnd_dsf_190619",
            "sex_code": "kjonn_dsf_190619",
            "death_date": "doddato_dsf_190619",
            "emigration_date": "emigrertdato_dsf_190619",
        },
    ),
    Case(
        "npr_institutions",
        "institusjon.csv",
        "institusjonId hf rhf navn",
        {"institution_id": "institusjonId", "hf_code": "hf", "rhf_code": "rhf", "name": "navn"},
    ),
    Case(
        "fd_sp",
        "w20_0450_f_sp.dta",
        f"{KEY} spkode spgrad erdag tilgdato_mnd avgdato_mnd sptilg_mnd spavg_mnd tomdato_mnd",
        PERSON
        | {"start_date": "tilgdato_mnd", "end_date": "avgdato_mnd", "grade_percent": "spgrad"},
        {"benefit_code": "SP"},
        ("spkode", ("10", "20", "30", "40", "50", "60", "90")),
    ),
    Case(
        "fd_sp",
        "w20_0450_f_sp.dta",
        f"{KEY} spkode sptilg_mnd spavg_mnd tomdato_mnd",
        PERSON | {"start_date": "sptilg_mnd", "end_date": "spavg_mnd"},
        {"benefit_code": "SP"},
        ("spkode", ("10", "20", "30", "40", "50", "60", "90")),
    ),
    Case(
        "fd_attf",
        "w20_0450_f_attf.dta",
        f"{KEY} attfkode_mnd tilgdato_mnd avgdato_mnd attftilg_mnd attftom_mnd attfavg_mnd ufg",
        PERSON
        | {
            "benefit_code": "attfkode_mnd",
            "start_date": "attftilg_mnd",
            "end_date": "attftom_mnd",
        },
        kept=("attfkode_mnd", ("10", "11", "12", "13", "20", "21", "22", "23", "24")),
    ),
    Case(
        "fd_arbsok",
        "f_arbsok.csv",
        f"{KEY} kode ytelse tilgdato_mnd asoktom_mnd avgdato_mnd",
        PERSON | {"start_date": "tilgdato_mnd", "end_date": "asoktom_mnd"},
        {"benefit_code": "AF"},
        ("ytelse", ("AT",)),
    ),
    Case(
        "fd_rehab",
        "f_rehab.sas7bdat",
        f"{KEY} tilgdato avgdato",
        PERSON | {"start_date": "tilgdato", "end_date": "avgdato"},
        {"benefit_code": "RP"},
    ),
    Case(
        "fd_tu",
        "f_tu.csv",
        f"{KEY} kode regdato tilgdato avgdato tomdato uforetp ufg ungufor tusfom_mnd tutom_mnd",
        PERSON | {"start_date": "tilgdato", "end_date": "avgdato", "grade_percent": "ufg"},
        {"benefit_code": "TU"},
        ("kode", ("0",)),
    ),
    Case(
        "fd_aap",
        "f_aap.csv",
        f"{KEY} kode tilgdato avgdato tomdato",
        PERSON | {"start_date": "tilgdato", "end_date": "tomdato"},
        {"benefit_code": "AAP"},
    ),
    Case(
        "fd_ufp",
        "f_ufp.csv",
        f"{KEY} pnsjkode pnsjtilg pnsjavg",
        PERSON | {"start_date": "pnsjtilg", "end_date": "pnsjavg"},
        {"benefit_code": "UFP"},
        ("pnsjkode", ("20", "21")),
    ),
    Case(
        "fd_pensj_ufp",
        "w20_0450_f_pensj_ufp.dta",
        f"{KEY} pnsjtilg pnsjavg pnsjtom",
        PERSON | {"start_date": "pnsjtilg", "end_date": "pnsjavg"},
        {"benefit_code": "UFP"},
        substitutes={"end_date": ("", "pnsjtom")},
    ),
    Case(
        "nav_spells",
        "ytelser_2010.csv",
        "ssb_lopenr ytelse fom tom grad",
        {
            "nav_id": "ssb_lopenr",
            "benefit_code": "ytelse",
            "start_date": "fom",
            "end_date": "tom",
            "grade_percent": "grad",
        },
    ),
    Case(
        "nav_sick_leave",
        "sykmeldinger.csv",
        "ssb_lopenr fom tom grad hoveddiagnose diagnosesystem orgnummer stillingsprosent",
        {
            "nav_id": "ssb_lopenr",
            "start_date": "fom",
            "end_date": "tom",
            "grade_percent": "grad",
            "diagnosis_code": "hoveddiagnose",
            "diagnosis_system": "diagnosesystem",
            "job_id": "orgnummer",
            "position_percent": "stillingsprosent",
        },
        {"benefit_code": "SP"},
    ),
    Case(
        "ssb_persons",
        "w24_0511_FASTE_OPPL_uten_fdato.csv",
        "w24_0511_lopenr_person foedselsaar foedsels_aar_mnd doeds_aar_mnd kjoenn invkat",
        {
            "ssb_id": "w24_0511_lopenr_person",
            "birth_year": "foedselsaar",
            "birth_month": "foedsels_aar_mnd",
            "death_date": "doeds_aar_mnd",
            "sex_code": "kjoenn",
            "immigration_category": "invkat",
        },
    ),
    Case(
        "ssb_persons",
        "k2_-w19_1011_4a_faste_oppl_ut.txt",
        "w19_1011_lnr_k2_ foedsels_aar_mnd kjoenn",
        {
            "ssb_id": "w19_1011_lnr_k2_",
            "birth_year": "foedsels_aar_mnd",
            "birth_month": "foedsels_aar_mnd",
            "sex_code": "kjoenn",
        },
    ),
    Case(
        "ssb_education",
        "k2_-w19_1011_12b_f_utd_demografi_ut.TXT",
        "w19_1011_lnr_k2_ BUDATO BU kommnr",
        {"ssb_id": "w19_1011_lnr_k2_", "year": "BUDATO", "nus2000_code": "BU"},
    ),
    Case(
        "ssb_residence",
        "bosted.csv",
        "lopenr_person aargang kommnr",
        {"ssb_id": "lopenr_person", "year": "aargang", "municipality_code": "kommnr"},
    ),
    Case(
        "link_persons",
        "kobling.csv",
        "npr_lopenr w20_0450_lopenr_person",
        {
            "npr_id": "npr_lopenr",
            "nav_id": "w20_0450_lopenr_person",
            "ssb_id": "w20_0450_lopenr_person",
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}-{case.file}")
def test_the_header_of_a_family_is_understood_whatever_its_case(case: Case) -> None:
    for written in (str, str.lower, str.upper):
        found = look(case.file, written(case.header))
        assert found.problems == ()
        assert found.family is not None
        assert found.family.name == case.family
        assert found.mapping == {c: (written(n),) for c, n in case.mapping.items()}
        assert found.values == case.values
        assert found.kept == (case.kept and (written(case.kept[0]), case.kept[1]))
        assert found.substitutes == {
            column: (text, written(name)) for column, (text, name) in case.substitutes.items()
        }


def test_every_family_has_a_header_drawn_here_or_below() -> None:
    drawn = {case.family for case in CASES} | {"npr_phv_rus", "npr_aspes"}
    assert drawn == set(read_families())


def test_a_family_leads_to_columns_of_its_table_and_names_its_source() -> None:
    for family in read_families().values():
        columns = set(CANONICAL_TABLES[family.table].columns)
        named = {*family.columns, *family.values, *family.codes, *family.substitutes}
        assert named <= columns, family.name
        assert family.source
        assert family.same_rows_as is None or family.same_rows_as in read_families()
        names = [name for names in family.columns.values() for name in names]
        assert names == [name.lower() for name in names]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.family}-{case.file}")
def test_a_file_name_belongs_to_one_family_only(case: Case) -> None:
    assert [f.name for f in read_families().values() if f.fits_name(case.file)] == [case.family]


@pytest.mark.parametrize(
    ("file", "family"),
    [
        ("phv_rus_2017.csv", "npr_phv_rus"),
        ("aspes_2017.csv", "npr_aspes"),
        ("f_arbsok_2001.dta", None),
        ("w20_0450_f_shj.dta", None),
        ("M19_PHBU2014.csv", None),
        ("somatikk.csv", None),
        ("befolkning.csv", None),
    ],
)
def test_similar_names_are_told_apart(file: str, family: str | None) -> None:
    fitting = [f.name for f in read_families().values() if f.fits_name(file)]
    assert fitting == ([family] if family else [])


def test_the_key_may_change_its_name_inside_one_family() -> None:
    for key in ("w19_0634_lnr", "w20_0450_LOPENR_person", "lopenr_person", "w19_1011_lnr_k2_"):
        found = look("f_aap_2012.csv", f"{key} kode tilgdato tomdato")
        assert found.mapping["nav_id"] == (key,)
        assert found.problems == ()


def test_months_may_lack_their_suffix_or_have_it() -> None:
    for suffix in ("", "_mnd"):
        found = look("f_sp.csv", f"{KEY} spkode tilgdato{suffix} avgdato{suffix}")
        assert found.mapping["start_date"] == (f"tilgdato{suffix}",)
        assert found.mapping["end_date"] == (f"avgdato{suffix}",)


def test_codes_of_rehabilitation_become_two_benefits() -> None:
    found = look("f_attf.csv", f"{KEY} attfkode attftilg attftom")
    assert found.codes["benefit_code"]["13"] == "RP"
    assert found.codes["benefit_code"]["20"] == "AF"
    assert found.kept is not None
    assert set(found.kept[1]) == set(found.codes["benefit_code"])


def test_an_end_that_is_the_only_one_delivered_needs_no_substitute() -> None:
    found = look("f_pensj_ufp.csv", f"{KEY} pnsjtilg pnsjtom")
    assert found.mapping["end_date"] == ("pnsjtom",)
    assert found.substitutes == {}


def test_rows_cannot_be_chosen_without_the_column_that_tells() -> None:
    found = look("f_arbsok.csv", f"{KEY} tilgdato_mnd asoktom_mnd")
    assert len(found.problems) == 1
    assert "column ytelse, which tells the rows of family fd_arbsok" in found.problems[0]


def test_no_family_is_a_way_out_of_a_name_that_misleads() -> None:
    found = look(
        "f_arbsok.csv",
        f"{KEY} ytelse fom tom",
        table="nav_benefit",
        family="none",
    )
    assert found.family is None
    assert found.kept is None
    assert found.mapping["benefit_code"] == ("ytelse",)


def test_the_same_digits_of_sektor_must_be_explained_by_a_person() -> None:
    header = f"{PHV} sektor"
    found = look("phv_rus_2017.csv", header)
    assert len(found.problems) == 1
    assert "the codes of sektor mean different things" in found.problems[0]
    said = look("phv_rus_2017.csv", header, codes={"sector": {"1": "TSB", "2": "PHV"}})
    assert said.problems == ()
    assert said.mapping["sector"] == ("sektor",)
    assert said.codes == {"sector": {"1": "TSB", "2": "PHV"}}
    whole = look("phv_rus_2017.csv", header, sector="PHV")
    assert (whole.problems, whole.values) == ((), {"sector": "PHV"})
    assert "sector" not in whole.mapping


def test_private_specialists_in_one_file_need_their_sector_told() -> None:
    found = look("aspes_2017.csv", f"{ASPES} sektor", codes={"sector": {"6": "SOM", "7": "PHV"}})
    assert found.problems == ()
    assert found.mapping["sector"] == ("sektor",)
    assert found.values == {"care_level_code": "3"}
    assert "sector" in look("aspes_2017.csv", ASPES).missing


def test_one_column_a_year_is_a_wide_file() -> None:
    years = "bostedskommune_01_01_2008 BOSTEDSKOMMUNE_01_01_2009 bostedskommune_01_01_2009_navn"
    found = look("kommnr.dta", f"lopenr_person {years}")
    assert found.problems == ()
    assert found.year_columns == {
        2008: "bostedskommune_01_01_2008",
        2009: "BOSTEDSKOMMUNE_01_01_2009",
    }
    assert found.mapping == {"ssb_id": ("lopenr_person",)}


def test_what_an_analyst_made_is_known_too() -> None:
    found = look(
        "utvalg.csv",
        "pid inndato utdato omsorgsniva debitor hdiag hdiag2 bdiag1 bdiag19 ncmp1 ncmp20 bohf",
        table="npr_contact",
        sector="SOM",
    )
    assert found.problems == ()
    assert found.mapping["npr_id"] == ("pid",)
    assert found.mapping["main_icd10_code"] == ("hdiag",)
    assert found.mapping["secondary_icd10_codes"] == ("hdiag2", "bdiag1", "bdiag19")
    assert found.mapping["procedure_codes"] == ("ncmp1", "ncmp20")


def test_delivery_toml_goes_before_the_family_and_the_family_before_the_table() -> None:
    header = f"{KEY} spkode spgrad tilgdato_mnd avgdato_mnd sptilg_mnd grad fom"
    found = look("f_sp.csv", header, columns={"SPTILG_MND": "start_date"})
    assert found.mapping["start_date"] == ("sptilg_mnd",)
    assert found.mapping["grade_percent"] == ("spgrad",)
    other = look("f_sp.csv", header, values={"benefit_code": "AAP"})
    assert other.values == {"benefit_code": "AAP"}
    assert other.mapping["start_date"] == ("tilgdato_mnd",)


def test_a_column_with_the_canonical_name_goes_before_a_constant_of_the_family() -> None:
    found = look("som_2010.csv", f"{NPR} sector")
    assert found.mapping["sector"] == ("sector",)
    assert found.values == {}


def test_codes_for_a_column_that_is_not_there_are_told() -> None:
    found = look("som_2010.csv", NPR, codes={"sector": {"1": "SOM"}})
    assert "codes in delivery.toml names sector" in found.problems[0]


def test_the_family_is_the_only_one_of_the_table_or_the_one_said() -> None:
    assert find_family("npr_contact", "som_phv_2010.csv", None) is None
    assert find_family("nav_benefit", "som_2010.csv", None) is None
    said = find_family("npr_contact", "som_phv_2010.csv", "npr_phv")
    assert said is not None
    assert said.name == "npr_phv"


def test_files_that_are_known_and_not_read_have_a_reason() -> None:
    assert "social assistance" in str(find_reason_not_to_read("w20_0450_f_shj.dta"))
    assert "attføringspenger 2002-2010 may be here" in str(find_reason_not_to_read("sofa2005.dta"))
    assert find_reason_not_to_read("f_sp.dta") is None


@pytest.mark.parametrize(
    ("name", "years"),
    [
        ("som_2008.csv", {2008}),
        ("AVD2014_2016.csv", {2014, 2016}),
        ("M19_PERSON_190619_UTL_FIL", set()),
        ("REHAB1418", set()),
        ("w20_0450_f_sp", set()),
    ],
)
def test_years_are_found_in_names(name: str, years: set[int]) -> None:
    assert find_years(name) == years
