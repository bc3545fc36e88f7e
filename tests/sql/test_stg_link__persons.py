def test_link_without_nav_key_can_be_used_and_one_without_npr_or_ssb_key_cannot(run_model):
    drawn = """
        npr_id | nav_id | ssb_id
        n1     | v1     | s1
        n2     | null   | s2
        null   | v3     | s3
        n4     | v4     | null
        null   | v5     | null
    """
    assert run_model(
        "stg_link__persons",
        given={"raw_link__persons": drawn},
        show="row_number, npr_id, nav_id, ssb_id, broken_rule, broken_column",
    ) == [
        "1 | n1 | v1 | s1 | null | null",
        "2 | n2 | null | s2 | null | null",
        "3 | null | v3 | s3 | missing_key | npr_id",
        "4 | n4 | v4 | null | missing_key | ssb_id",
        "5 | null | v5 | null | missing_key | npr_id",
    ]
