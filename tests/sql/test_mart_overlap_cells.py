def test_everybody_eligible_counts_in_the_cell_of_the_matching_variables(run_model):
    drawn = """
        person_id | is_treated | sector | diagnosis | sex_code | is_comparable
        1         | true       | SOM    | M54       | 1        | true
        2         | false      | SOM    | M54       | 1        | true
        3         | false      | SOM    | M54       | 1        | false
        4         | false      | SOM    | M54       | 2        | false
        5         | true       | PHV    | M54       | 1        | true
    """
    lines = run_model(
        "mart_overlap_cells",
        given={"mart_match_pool": drawn},
        show="sector, diagnosis, sex_code, n_treated, n_control",
    )
    assert lines == ["PHV | M54 | 1 | 1 | 0", "SOM | M54 | 1 | 1 | 2", "SOM | M54 | 2 | 0 | 1"]
