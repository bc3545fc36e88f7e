"""The main job through the real Dagster graph: from register files to the reports."""

import json
import os
import re
import stat
from pathlib import Path

import pandas as pd
import pytest
from exit_codes import FINISHED
from lean_study import LEAN_STUDY

from evaluation.schemas import TABLES

# Results that must be the same bytes whenever and however they are made.
COMPARED = (
    *("estimates", "event_study", "balance", "attrition", "composition"),
    *("multiplicity", "services", "inference_checks"),
)


def _result(out: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(out / "results" / f"{name}.parquet")


@pytest.mark.parametrize("name", TABLES)
def test_every_result_table_has_the_columns_of_the_contract(finished_run: Path, name: str) -> None:
    written = pd.read_csv(finished_run / "results" / f"{name}.csv")
    assert list(written.columns) == [column.name for column in TABLES[name]]
    # The default study leaves two-way fixed effects out, for what they find here is bias.
    assert (len(written) == len(_result(finished_run, name)) > 0) != (name == "twfe_weights")


def test_every_output_carries_the_study_fingerprint(finished_run: Path, lean_study) -> None:
    for name in TABLES:
        assert set(_result(finished_run, name)["fingerprint"]) <= {lean_study.fingerprint}
    for language in ("nb", "en"):
        html = (finished_run / "report" / f"report.{language}.html").read_text(encoding="utf-8")
        assert lean_study.fingerprint in html
    manifest = json.loads((finished_run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["study"]["fingerprint"] == lean_study.fingerprint


def test_each_sector_has_both_outcomes_and_the_planted_truth_beside(finished_run: Path) -> None:
    verify = _result(finished_run, "verify").set_index(["sector", "outcome"])
    for sector in ("SOM", "PHV", "ARR", "ALL"):
        for outcome in ("sick_leave_days", "health_benefit_days"):
            row = verify.loc[(sector, outcome)]
            # Four standard errors: a fault shows, chance (1 in 16,000) does not.
            assert abs(row["att"] - row["true_att"]) < 4 * row["se"]
    assert verify.loc[("SOM", "health_benefit_days"), "true_att"] > 0
    assert verify.loc[("ARR", "sick_leave_days"), "true_att"] < -5


def _headline(run: Path) -> pd.DataFrame:
    table = _result(run, "estimates")
    is_headline = table["estimator"].eq("did_2x2") & table["subgroup"].eq("all")
    return table[is_headline].reset_index(drop=True)


@pytest.mark.parametrize(
    "name",
    [
        *("event_study", "specifications", "sensitivity"),
        *("services", "multiplicity", "inference_checks"),
    ],
)
def test_tables_beside_the_estimates_say_what_the_gate_said(finished_run: Path, name: str) -> None:
    table, estimates = _result(finished_run, name), _result(finished_run, "estimates")
    headline = estimates[(estimates["estimator"] == "did_2x2") & (estimates["subgroup"] == "all")]
    said = headline.set_index(["sector", "outcome"])["gate"]
    assert set(said) >= {"fail"}
    assert len(table)
    keys = pd.MultiIndex.from_frame(table[["sector", "outcome"]])
    assert table["gate"].tolist() == said.loc[keys].tolist()


def test_treated_and_control_change_give_the_effect(finished_run: Path) -> None:
    table = _result(finished_run, "estimates")
    # Poisson compares ratios, and means over periods have no one change.
    table = table[table["estimator"].isin(["did_2x2", "stratified"])]
    difference = table["treated_change"] - table["control_change"]
    assert (difference - table["att"]).abs().max() < 1e-9
    change = table["treated_after"] - table["treated_before"]
    assert (change - table["treated_change"]).abs().max() < 1e-9


def test_the_matched_share_has_everybody_treated_as_denominator(finished_run: Path) -> None:
    share = _result(finished_run, "matched_share").set_index("sector")
    steps = _result(finished_run, "attrition").set_index(["sector", "arm", "step_name"])
    for sector in ("SOM", "PHV", "ARR", "ALL"):
        everybody = steps.loc[(sector, "treated", "contact"), "n_persons"]
        matched = steps.loc[(sector, "treated", "matched"), "n_persons"]
        assert share.loc[sector, "n_persons"] == everybody
        assert share.loc[sector, "matched_share"] == pytest.approx(matched / everybody)
    # Few persons, many empty cells: the synthetic persons are residents, not patients alone.
    assert share.loc["ALL", "matched_share"] > 0.55


def test_matching_balances_every_matching_variable(finished_run: Path) -> None:
    balance = _result(finished_run, "balance")
    matched_on = ["diagnosis", "sex", "age_band", "education_group", "index_year"]
    levels = balance[balance["covariate"].isin(matched_on)]
    assert levels["smd_after"].abs().max() < 1e-6
    assert levels.loc[levels["sector"] == "ALL", "smd_before"].abs().max() > 0.1


def test_delivered_rows_are_loaded_or_in_quarantine(finished_run: Path) -> None:
    files = pd.DataFrame(
        json.loads((finished_run / "manifest.json").read_text(encoding="utf-8"))["files"]
    )
    assert (files.rows_delivered == files.rows_loaded + files.rows_quarantined).all()
    quarantine = pd.read_parquet(finished_run / "restricted" / "quarantine.parquet")
    assert list(quarantine.columns) == ["row_number", "table", "file", "rule", "column", "raw"]
    assert len(quarantine) == files.rows_quarantined.sum() > 0


def test_a_quarantined_row_stands_in_the_file_where_it_is_said_to(
    finished_run: Path, synthetic_delivery: Path
) -> None:
    quarantine = pd.read_parquet(finished_run / "restricted" / "quarantine.parquet")
    for row in quarantine.groupby("file").head(1).itertuples():
        lines = (synthetic_delivery / row.file).read_text(encoding="latin-1").splitlines()
        # Dates stand in quarantine as the loader read them: 2010-02-28 for 28.02.2010.
        norwegian = re.compile(r"\b(\d\d)\.(\d\d)\.(\d{4})\b")
        delivered = norwegian.sub(r"\3-\2-\1", lines[row.row_number]).split(";")
        kept = [str(v) for v in json.loads(row.raw).values() if v is not None]
        shared = [value for value in kept if any(value in cell for cell in delivered)]
        # All kept values but the row's own place and the file's sector come from that line.
        assert len(shared) >= len(kept) - 3


def test_restricted_data_are_for_the_owner_only(finished_run: Path) -> None:
    restricted = finished_run / "restricted"
    assert stat.S_IMODE(restricted.stat().st_mode) == 0o700
    for path in restricted.glob("*.*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_no_pseudonym_is_written_outside_restricted(
    finished_run: Path, synthetic_delivery: Path
) -> None:
    link = (synthetic_delivery / "kobling.csv").read_text(encoding="latin-1").splitlines()[1:]
    pseudonyms = {value for line in link for value in line.split(";") if len(value) >= 8}
    assert len(pseudonyms) > 10_000
    for folder, _, names in os.walk(finished_run):
        if "restricted" in Path(folder).parts:
            continue
        for name in names:
            if name.endswith((".csv", ".json", ".html", ".toml")):
                words = set(
                    (Path(folder) / name)
                    .read_text(encoding="utf-8")
                    .replace(",", " ")
                    .replace('"', " ")
                    .replace("<", " ")
                    .replace(">", " ")
                    .split()
                )
                assert not words & pseudonyms, name


def test_a_second_run_finds_everything_unchanged_and_gives_the_same_bytes(
    copied_run: Path, synthetic_delivery: Path, evaluation
) -> None:
    names = [f"{name}.csv" for name in COMPARED]
    before = {name: (copied_run / "results" / name).read_bytes() for name in names}
    result = evaluation("run", LEAN_STUDY, "--delivery", synthetic_delivery, "--out", copied_run)
    assert result.exit_code in FINISHED
    assert {name: (copied_run / "results" / name).read_bytes() for name in names} == before
    assert "nothing had changed" in result.output


def test_one_and_two_threads_give_the_same_bytes(
    finished_run: Path, synthetic_delivery: Path, tmp_path: Path, evaluation
) -> None:
    out = tmp_path / "out"
    result = evaluation(
        "run", LEAN_STUDY, "--delivery", synthetic_delivery, "--out", out, "--threads", 1
    )
    assert result.exit_code in FINISHED
    for name in COMPARED:
        file = f"results/{name}.csv"
        assert (out / file).read_bytes() == (finished_run / file).read_bytes(), name


def test_the_reports_can_be_made_again_without_the_delivery(copied_run: Path, evaluation) -> None:
    pages = sorted((copied_run / "report").glob("*.html"))
    before = [page.read_bytes() for page in pages]
    for page in pages:
        page.unlink()
    result = evaluation("report", copied_run, "--lang", "nb")
    assert result.exit_code == 0
    assert "report.nb.html" in result.output
    assert "report.en.html" not in result.output
    assert [page.read_bytes() for page in pages] == before


def test_a_changed_study_changes_the_fingerprint_and_rebuilds_what_it_touches(
    copied_run: Path, synthetic_delivery: Path, tmp_path: Path, evaluation
) -> None:
    text = LEAN_STUDY.read_text(encoding="utf-8")
    changed = tmp_path / "narrow.toml"
    changed.write_text(
        text.replace("controls_per_treated = 5", "controls_per_treated = 1"), encoding="utf-8"
    )
    before = _headline(copied_run)
    result = evaluation("run", changed, "--delivery", synthetic_delivery, "--out", copied_run)
    assert result.exit_code in FINISHED
    after = _headline(copied_run)
    assert (after["n_control"] <= before["n_control"]).all()
    # A sector of a few persons may have had one comparator for each already.
    everybody = before["sector"] == "ALL"
    assert (after["n_control"] < before["n_control"])[everybody].all()
    assert set(after["fingerprint"]) != set(before["fingerprint"])
    assert not (copied_run / "results" / "verify.csv").exists(), "of the study before"
