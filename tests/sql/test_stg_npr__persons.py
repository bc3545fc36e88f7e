def test_the_place_holder_has_what_the_linkage_report_reads_and_no_rows(run_model, models):
    assert run_model("stg_npr__persons", given={}) == []
    assert {"npr_id", "sex_code", "birth_year", "broken_rule"} <= set(
        models.columns["stg_npr__persons"]
    )
