def test_institution_needs_an_id_and_nothing_else(run_model):
    drawn = """
        institution_id | hf_code | rhf_code | name       | service_code
        974557746      | H1      | R1       | Sykehuset  | S1
        974557747      | null    | null     | null       | null
        null           | H1      | R1       | Uten orgnr | S1
    """
    assert run_model("stg_npr__institutions", given={"raw_npr__institutions": drawn}) == [
        "1 | 1 | 974557746 | H1 | R1 | Sykehuset | S1 | null | null",
        "1 | 2 | 974557747 | null | null | null | null | null | null",
        "1 | 3 | null | H1 | R1 | Uten orgnr | S1 | missing_key | institution_id",
    ]
