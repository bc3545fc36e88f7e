from pathlib import Path

import pytest
from small_delivery import SmallDelivery

from evaluation.deliveries.inventory import plan_files
from evaluation.deliveries.spec import DeliverySpec
from evaluation.deliveries.tables import CANONICAL_TABLES, match_columns, read_aliases
from evaluation.errors import DeliveryError

# Names seen in deliveries: register-facts 1.3, 2.2, 3.2, 3.3 and 8.
SEEN: dict[str, dict[str, str]] = {
    "npr_contact": {
        "LNr": "npr_id",
        "lopenr": "npr_id",
        "pid": "npr_id",
        "NPRId_reg": "npr_link_status_code",
        "innDato": "start_date",
        "inndato": "start_date",
        "utDato": "end_date",
        "omsorgsniva": "care_level_code",
        "kontaktType": "contact_type_code",
        "debitor": "debitor_code",
        "tilstand_1_1": "main_icd10_code",
        "tilst1akse1": "main_icd10_code",
        "hdiag": "main_icd10_code",
        "tilstand_1_2": "secondary_icd10_codes",
        "tilstand_2_1": "secondary_icd10_codes",
        "tilstand_20_1": "secondary_icd10_codes",
        "tilstand_20_2": "secondary_icd10_codes",
        "tilst2akse1": "secondary_icd10_codes",
        "tilst10akse1": "secondary_icd10_codes",
        "hdiag2": "secondary_icd10_codes",
        "bdiag1": "secondary_icd10_codes",
        "bdiag19": "secondary_icd10_codes",
        "NCMP_1": "procedure_codes",
        "NCMP_20": "procedure_codes",
        "NCSP_1": "procedure_codes",
        "ncmp1": "procedure_codes",
        "institusjonID": "institution_id",
        "institusjonId": "institution_id",
        "episode_lnr": "contact_id",
        "opphold_id_LNr": "contact_id",
        "sector": "sector",
    },
    "person": {
        "ssb_lopenr": "ssb_id",
        "lopenr_person": "ssb_id",
        "w20_0450_lopenr_person": "ssb_id",
        "w19_0634_lnr": "ssb_id",
        "kjoenn": "sex_code",
        "kjonn_dsf_190619": "sex_code",
        "foedselsaar": "birth_year",
        "fodtaar_dsf_190619": "birth_year",
        "fodtmnd_dsf_190619": "birth_month",
        "doddato_dsf_190619": "death_date",
        "emigrertdato_dsf_190619": "emigration_date",
    },
    "nav_benefit": {"ytelse": "benefit_code", "fom": "start_date", "tom": "end_date"},
    "education": {"w24_0511_lopenr_person": "ssb_id", "bu": "nus2000_code", "aargang": "year"},
    "residence": {"lopenr_person": "ssb_id", "kommnr": "municipality_code"},
    "link": {"npr_lopenr": "npr_id", "LNr": "npr_id", "w19_0634_lnr": "ssb_id"},
}
CASES = [(table, name, column) for table, names in SEEN.items() for name, column in names.items()]


@pytest.mark.parametrize(("table", "name", "column"), CASES)
def test_a_name_seen_in_deliveries_is_known_whatever_its_case(
    table: str, name: str, column: str
) -> None:
    for written in (name, name.lower(), name.upper()):
        assert match_columns(CANONICAL_TABLES[table], [written], {}) == {column: [written]}


@pytest.mark.parametrize(
    "name", ["sektor", "debitor_Navn", "tilstand_1_1_Navn", "NCRP_1", "tell_ICD10", "fag", "drg"]
)
def test_other_columns_are_left_alone(name: str) -> None:
    assert match_columns(CANONICAL_TABLES["npr_contact"], [name], {}) == {}


def test_every_alias_is_lower_case_and_leads_to_a_column_of_its_table() -> None:
    for table, columns in read_aliases().items():
        allowed = {*CANONICAL_TABLES[table].columns, "ssb_id"}
        assert set(columns) <= allowed, table
        names = [name for names in columns.values() for name in names]
        assert names == [name.lower() for name in names]
        assert len(names) == len(set(names)), f"{table}: a name leads to two columns"


def test_every_canonical_name_is_known_as_itself() -> None:
    for table in CANONICAL_TABLES.values():
        assert match_columns(table, list(table.columns), {}) == {c: [c] for c in table.columns}


def test_columns_of_delivery_toml_go_before_the_aliases() -> None:
    found = match_columns(
        CANONICAL_TABLES["npr_contact"],
        ["debitor", "Betaler", "LNr"],
        {"betaler": "debitor_code", "debitor": "institution_id"},
    )
    assert found == {
        "institution_id": ["debitor"],
        "debitor_code": ["Betaler"],
        "npr_id": ["LNr"],
    }


def test_a_name_given_in_delivery_toml_settles_a_clash_with_an_alias() -> None:
    table = CANONICAL_TABLES["npr_contact"]
    assert match_columns(table, ["LNr", "pid"], {"pid": "npr_id"}) == {"npr_id": ["pid"]}


def test_joined_columns_keep_the_order_of_the_file_and_what_delivery_toml_adds() -> None:
    found = match_columns(
        CANONICAL_TABLES["npr_contact"],
        ["tilstand_2_1", "ekstra", "tilstand_1_2"],
        {"ekstra": "secondary_icd10_codes"},
    )
    assert found == {"secondary_icd10_codes": ["tilstand_2_1", "ekstra", "tilstand_1_2"]}


def test_two_names_for_one_column_are_reported(
    small_delivery: SmallDelivery, tmp_path: Path
) -> None:
    small_delivery.lines["persons.csv"] = ["ssb_lopenr;kjonn;kjoenn;foedselsaar", "S0;1;1;1970"]
    folder = small_delivery.write(tmp_path / "d")
    with pytest.raises(DeliveryError) as caught:
        plan_files(folder, DeliverySpec.from_folder(folder))
    assert caught.value.problems == [
        "persons.csv: columns kjonn, kjoenn would all be sex_code; say which one under columns in"
        " delivery.toml."
    ]
