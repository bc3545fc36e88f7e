def violations(run_model, links):
    return run_model(
        "mart_link_violations",
        given={"stg_link__persons": links},
        show="key_space, n_link_rows, n_keys, n_keys_repeated, n_rows_repeated",
    )


def test_keys_in_several_rows_are_counted_in_each_key_space(run_model):
    drawn = """
        npr_id | nav_id | ssb_id | broken_rule
        n1     | v1     | s1     | null
        n1     | v2     | s2     | null
        n1     | null   | s2     | null
        n2     | null   | s3     | null
        n2     | v1     | null   | missing_key
    """
    assert violations(run_model, drawn) == [
        "nav | 2 | 2 | 0 | 0",
        "npr | 4 | 2 | 1 | 3",
        "ssb | 4 | 3 | 1 | 2",
    ]


def test_without_a_link_every_key_space_is_there_with_nothing(run_model):
    assert violations(run_model, "npr_id") == [
        "nav | 0 | 0 | 0 | 0",
        "npr | 0 | 0 | 0 | 0",
        "ssb | 0 | 0 | 0 | 0",
    ]
