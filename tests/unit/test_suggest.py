import re
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from evaluation.deliveries.headers import read_headers
from evaluation.deliveries.inventory import plan_files
from evaluation.deliveries.spec import DeliverySpec
from evaluation.deliveries.suggest import PlacedFile, ReceivedFile, UnplacedFile, place_file
from evaluation.deliveries.suggest_text import Suggestion, build_suggestion, write_suggestion
from evaluation.errors import DeliveryError, StudyError

ANSWERS = {
    'id = "?"': 'id = "received"',
    'kind = "?"': 'kind = "synthetic"',
    'first_date = "?"': "first_date = 2008-01-01",
    'last_date = "?"': "last_date = 2018-12-31",
    'nav_key = "?"': 'nav_key = "nav_id"',
    'benefit_resolution = "?"': 'benefit_resolution = "day"',
    'sick_pay_counts_employer_period = "?"': "sick_pay_counts_employer_period = true",
}
NPR = "LNr;innDato;utDato;omsorgsniva;debitor;tilstand_1_1"
KEY = "w20_0450_lopenr_person"


def place(name: str, header: str) -> PlacedFile | UnplacedFile:
    return place_file(ReceivedFile(name, "csv", tuple(header.split(";")), ";"))


def placed(name: str, header: str) -> PlacedFile:
    found = place(name, header)
    assert isinstance(found, PlacedFile), found
    return found


def reason(name: str, header: str) -> str:
    found = place(name, header)
    assert isinstance(found, UnplacedFile), found
    return found.reason


def suggest(folder: Path, **files: str) -> Suggestion:
    for name, header in files.items():
        path = folder / (name.replace("__", "/") + ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(header + "\n", encoding="utf-8")
    return write_suggestion(folder)


def answer(folder: Path) -> DeliverySpec:
    path = folder / "delivery.toml"
    text = path.read_text(encoding="utf-8")
    for question, said in ANSWERS.items():
        text = text.replace(question, said)
    path.write_text(text, encoding="utf-8")
    return DeliverySpec.from_folder(folder)


@pytest.fixture(scope="module")
def received(synthetic_delivery: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic delivery as it would come: without delivery.toml."""
    folder = tmp_path_factory.mktemp("received") / "files"
    ignored = shutil.ignore_patterns("delivery.toml", "truth")
    return Path(shutil.copytree(synthetic_delivery, folder, ignore=ignored))


def test_the_suggestion_for_a_synthetic_delivery_plans_as_its_own_delivery_toml(
    received: Path, synthetic_delivery: Path
) -> None:
    suggestion = write_suggestion(received)
    assert suggestion.unplaced == ()
    with pytest.raises(DeliveryError):
        DeliverySpec.from_folder(received)
    spec = answer(received)
    own = DeliverySpec.from_folder(synthetic_delivery)
    assert read_headers(received, spec).problems == ()

    def facts(folder: Path, given: DeliverySpec) -> set[tuple[object, ...]]:
        return {
            (f.name, f.table.name, f.values.get("sector"), str(sorted(f.mapping.items())))
            for f in plan_files(folder, given)
        }

    assert facts(received, spec) == facts(synthetic_delivery, own)
    assert spec.covers("nav_benefit") == own.covers("nav_benefit")
    assert spec.covers("npr_contact") == own.covers("npr_contact")
    assert (spec.nav_key, spec.benefit_resolution) == (own.nav_key, own.benefit_resolution)


def test_a_delivery_toml_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "delivery.toml").write_text("mine")
    with pytest.raises(StudyError, match="exists and is left as it is"):
        write_suggestion(tmp_path)
    assert (tmp_path / "delivery.toml").read_text() == "mine"
    with pytest.raises(StudyError, match="no such folder"):
        write_suggestion(tmp_path / "none")


def test_a_suggestion_is_invalid_until_a_person_has_filled_it(tmp_path: Path) -> None:
    suggest(tmp_path, som_2010=NPR)
    with pytest.raises(DeliveryError) as caught:
        DeliverySpec.from_folder(tmp_path)
    fields = {problem.split(": ")[1] for problem in caught.value.problems}
    assert {"id", "kind", "nav_key", "benefit_resolution"} <= fields
    assert "first_date" not in fields


def test_years_of_one_family_are_one_glob_and_others_are_not(tmp_path: Path) -> None:
    suggestion = suggest(tmp_path, npr__som_2010=NPR, npr__som_2011=NPR, npr__som_2012_ny=NPR)
    assert sorted(entry.path for entry in suggestion.entries) == [
        "npr/som_2012_ny.csv",
        "npr/som_????.csv",
    ]


def test_a_glob_that_would_take_another_file_is_not_written(tmp_path: Path) -> None:
    suggestion = suggest(tmp_path, som_2010=NPR, som_2011=NPR, som_meta="a;b")
    assert [entry.path for entry in suggestion.entries] == ["som_2010.csv", "som_2011.csv"]
    assert [file.name for file in suggestion.unplaced] == ["som_meta.csv"]


def test_signs_of_globs_in_names_are_taken_as_they_stand(tmp_path: Path) -> None:
    suggest(tmp_path, **{"[1] som_2010": NPR})
    spec = answer(tmp_path)
    assert [file.name for file in plan_files(tmp_path, spec)] == ["[1] som_2010.csv"]


def test_an_odd_name_is_placed_by_its_columns() -> None:
    found = placed("fil7.csv", f"{KEY};SPKODE;spgrad;tilgdato_mnd;avgdato_mnd")
    assert (found.table, found.family) == ("nav_benefit", "fd_sp")
    assert "its name is unknown" in found.todos[0]
    found = placed("fil8.csv", NPR)
    assert (found.table, found.family, found.needs_sector) == ("npr_contact", None, True)
    found = placed("fil9.csv", f"{KEY};bostedskommune_01_01_2010;bostedskommune_01_01_2011")
    assert found.family == "ssb_residence"


def test_a_name_that_does_not_fit_its_columns_is_doubted() -> None:
    found = placed("f_aap.csv", f"{KEY};pnsjkode;pnsjtilg;pnsjavg")
    assert found.family == "fd_ufp"
    assert "its name is that of fd_aap, but its columns are of fd_ufp" in found.todos[0]
    found = placed("som_2010.csv", "LNr;innDato;utDato;omsorgsniva;betaler;tilstand_1_1")
    assert "nothing gives debitor_code" in found.todos[0]
    assert found.todos[0].endswith('columns = { name_in_file = "debitor_code" }')
    assert "does its first line hold the column names" in reason("som_2010.csv", "1;2;3")


def test_columns_that_fit_several_families_leave_the_choice_to_a_person(tmp_path: Path) -> None:
    found = placed("fil.csv", f"{KEY};tilgdato;avgdato")
    assert (found.table, found.family) == ("nav_benefit", "?")
    assert "it could be any of fd_aap, fd_rehab" in found.todos[0]
    suggest(tmp_path, fil=f"{KEY};tilgdato;avgdato")
    with pytest.raises(DeliveryError, match=r"family is '\?'; allowed for nav_benefit"):
        answer(tmp_path)


@pytest.mark.parametrize(
    ("name", "header", "told"),
    [
        ("notes.csv", "a;b;c", "its columns fit no table"),
        ("f_shj.csv", f"{KEY};shjkode", "known by its name: social assistance"),
        ("DIALYSE2014.csv", "LNr;kjonn;fodselsar", "known by its name: a part of NPR"),
        ("x.csv", "LNr;innDato;utDato;omsorgsniva", "most like npr_contact, but nothing gives"),
        ("x.csv", "LNr;lopenr_mor", "its columns fit no table"),
        # Enough for a table of institutions, and yet rather contacts.
        ("x.csv", "LNr;innDato;omsorgsniva;institusjonID;hf", "most like npr_contact"),
    ],
)
def test_a_file_that_no_table_takes_has_its_reason(name: str, header: str, told: str) -> None:
    assert told in reason(name, header)


def test_unread_kinds_and_links_are_listed_with_their_reason(tmp_path: Path) -> None:
    (tmp_path / "a.7z").write_bytes(b"x")
    (tmp_path / ".hidden.csv").write_text("x")
    outside = tmp_path / "in"
    outside.mkdir()
    (tmp_path / "other.csv").write_text("a;b\n")
    (outside / "link.csv").symlink_to(tmp_path / "other.csv")
    suggestion = write_suggestion(outside)
    assert [file.reason for file in suggestion.unplaced] == ["a link that leads out of the folder"]
    suggestion = write_suggestion(tmp_path)
    assert {file.name for file in suggestion.unplaced} >= {"a.7z", "other.csv"}
    assert "# a.7z: an archive is not read; unpack it first" in suggestion.text
    assert ".hidden" not in suggestion.text


def test_sektor_is_left_to_a_person(tmp_path: Path) -> None:
    header = "lopenr;inndato;utdato;omsorgsniva;debitor;tilst1akse1;sektor"
    suggestion = suggest(tmp_path, phv_rus_2017=header)
    assert 'codes = { sector = { 1 = "?", 2 = "?" } }' in suggestion.text
    with pytest.raises(DeliveryError, match=r"\['\?'\] is no sector"):
        answer(tmp_path)


def test_hospital_stays_beside_department_stays_are_left_out_until_chosen(tmp_path: Path) -> None:
    files = {f"M19_{kind}{year}": NPR for kind in ("AVD", "SHO") for year in (2014, 2015)}
    suggestion = suggest(tmp_path, **files)
    assert {entry.path: entry.is_commented_out for entry in suggestion.entries} == {
        "M19_AVD????.csv": False,
        "M19_SHO????.csv": True,
    }
    assert '# path = "M19_SHO????.csv"' in suggestion.text
    spec = answer(tmp_path)
    assert len(plan_files(tmp_path, spec)) == 2


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"f_sp": f"{KEY};spkode;tilgdato_mnd", "kobling": f"npr_lopenr;{KEY}"},
            ['benefit_resolution = "month"', 'nav_key = "ssb_id"', "employer_period = false"],
        ),
        (
            {"sykmelding": "nav_lopenr;fom;tom;grad"},
            ['benefit_resolution = "day"', 'nav_key = "nav_id"', "employer_period = true"],
        ),
        (
            {"f_aap": f"{KEY};tilgdato;tomdato", "ytelser": "nav_lopenr;ytelse;fom;tom"},
            ['benefit_resolution = "?"', 'nav_key = "?"', 'employer_period = "?"'],
        ),
    ],
)
def test_what_benefit_files_say_of_the_delivery_is_a_guess(
    files: dict[str, str], told: list[str], tmp_path: Path
) -> None:
    text = suggest(tmp_path, **files).text
    lines = text.splitlines()
    for said in told:
        place = next(number for number, line in enumerate(lines) if said in line)
        assert lines[place - 1].startswith("# TODO(person): ")


def test_missing_tables_are_told_with_what_is_lost(tmp_path: Path) -> None:
    text = suggest(tmp_path, som_2010=NPR).text
    assert "# TODO(person): needed for a run: link; without it the registers cannot" in text
    assert "# education; without it education is unknown" in text


def test_names_cannot_break_out_of_the_file(tmp_path: Path) -> None:
    name = 'som_2010"\n[x]\\.csv'
    file = PlacedFile(ReceivedFile(name, "csv", ("LNr",), ";"), "npr_contact", "npr_som")
    text = build_suggestion([file], [UnplacedFile("a\nb = 1", "no\nreason")]).text
    (tmp_path / "delivery.toml").write_text(text, encoding="utf-8")
    spec = answer_text(tmp_path, text)
    assert [entry.path for entry in spec.files] == ['som_2010"\n[[]x]\\.csv']


def answer_text(folder: Path, text: str) -> DeliverySpec:
    assert re.search(r"^# a b = 1: no reason$", text, re.MULTILINE)
    return answer(folder)


def test_files_of_statistics_packages_are_placed_too(tmp_path: Path) -> None:
    frame = pd.DataFrame({KEY: ["S1"], "kode": ["0"], "tilgdato": ["201003"], "tomdato": [""]})
    pyreadstat.write_dta(frame, str(tmp_path / "w20_0450_f_aap.dta"))
    suggestion = write_suggestion(tmp_path)
    assert [entry.files[0].family for entry in suggestion.entries] == ["fd_aap"]
    assert "delimiter" not in suggestion.text


def test_letters_seen_in_any_file_of_a_glob_say_how_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "som_2010.csv").write_bytes(f"{NPR};sted\n".encode())
    (tmp_path / "som_2011.csv").write_bytes(f"{NPR};sted\n;;;;;;Tromsø\n".encode("latin-1"))
    text = write_suggestion(tmp_path).text
    assert 'encoding = "latin-1"' in text
