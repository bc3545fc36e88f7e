import pytest

LINKS = """
    npr_id | nav_id | ssb_id
    n1     | v1     | s1
    n2     | null   | s2
    n3     | v3     | s3
    n4     | v4     | s4
    n5     | v5     | s5
    n6     | v6     | s6
    n7     | v7     | s7
"""


@pytest.fixture
def linkage(run_model):
    def run(links=LINKS, **given):
        tables = {
            "stg_link__persons": links,
            "stg_npr__contacts": given.get("npr", "npr_id"),
            "stg_nav__benefit_spells": given.get("nav", "nav_id"),
            "stg_ssb__persons": given.get("ssb", "ssb_id\n s1\n s2\n s3\n s5"),
        }
        show = "register, n_persons, n_linked, n_unlinked, n_link_rows_without_register"
        lines = run_model("mart_linkage", given=tables, show=show)
        return {line.split(" | ")[0]: line.split(" | ", 1)[1] for line in lines}

    return run


def test_patients_are_counted_once_and_linked_when_the_link_leads_to_ssb(linkage):
    # n4 has a link that leads to nobody in SSB, n9 has no link; n5, n6 and n7 have no contact.
    assert linkage(npr="npr_id\n n1\n n1\n n2\n n3\n n4\n n9")["npr"] == "5 | 3 | 2 | 3"


def test_benefit_recipients_are_linked_when_the_link_leads_to_ssb(linkage):
    # Of six links with a NAV key, v6 and v7 lead to nobody in NAV; n2 without one is ordinary.
    assert linkage(nav="nav_id\n v1\n v1\n v3\n v4\n v5\n v9")["nav"] == "5 | 3 | 2 | 2"


def test_persons_of_ssb_are_linked_when_a_link_names_them(linkage):
    persons = "ssb_id\n s1\n s2\n s2\n s3\n s5\n s9"
    assert linkage(ssb=persons)["ssb"] == "5 | 4 | 1 | 3"


def test_broken_rows_do_not_count(linkage):
    counts = linkage(
        links="npr_id | nav_id | ssb_id | broken_rule\n n1 | v1 | s1 | missing_key",
        npr="npr_id | broken_rule\n n1 | null\n n2 | invalid_date",
        nav="nav_id | broken_rule\n v1 | null\n v2 | invalid_date",
        ssb="ssb_id | broken_rule\n s1 | null\n s2 | invalid_date",
    )
    assert counts == {"npr": "1 | 0 | 1 | 0", "nav": "1 | 0 | 1 | 0", "ssb": "1 | 0 | 1 | 0"}


def test_link_to_a_broken_person_does_not_link(linkage):
    assert linkage(npr="npr_id\n n1", ssb="ssb_id | broken_rule\n s1 | missing_key")["npr"] == (
        "1 | 0 | 1 | 6"
    )
