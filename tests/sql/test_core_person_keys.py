import hashlib

import pytest

LINKS = """
    row_number | npr_id | nav_id | ssb_id
    1          | n1     | v1     | s1
    2          | n2     | null   | s2
    3          | n3     | v3     | s3
"""


@pytest.fixture
def keys(run_model):
    def run(links, contacts="npr_id\n n1", show="*", **params):
        return run_model(
            "core_person_keys",
            given={"stg_link__persons": links, "stg_npr__contacts": contacts},
            params=params,
            show=show,
        )

    return run


def seeded_hash(text):
    return int.from_bytes(hashlib.md5(text.encode()).digest()[:8], "little")  # noqa: S324


def test_linked_persons_have_their_keys_contacts_or_not(keys):
    assert keys(LINKS, show="npr_id, nav_id, ssb_id") == [
        "n1 | v1 | s1",
        "n2 | null | s2",
        "n3 | v3 | s3",
    ]


def test_patient_without_a_link_is_a_person_once(keys):
    contacts = "npr_id | sector\n n9 | SOM\n n9 | PHV\n n1 | SOM"
    assert keys(LINKS, contacts, show="npr_id, ssb_id") == [
        "n1 | s1",
        "n2 | s2",
        "n3 | s3",
        "n9 | null",
    ]


def test_broken_links_and_contacts_make_no_person(keys):
    links = "npr_id | ssb_id | broken_rule\n n1 | s1 | null\n null | s2 | missing_key"
    contacts = "npr_id | broken_rule\n n9 | invalid_date"
    assert keys(links, contacts, show="npr_id, ssb_id") == ["n1 | s1"]


def test_person_id_is_dense_and_follows_the_seeded_hash(keys):
    contacts = "npr_id\n n8\n n9"
    order = sorted(["s1", "s2", "s3", "n8", "n9"], key=lambda key: seeded_hash(f"7|{key}"))
    assert keys(LINKS, contacts, show="person_id, coalesce(ssb_id, npr_id)", seed=7) == [
        f"{number} | {key}" for number, key in enumerate(order, start=1)
    ]


def test_person_id_does_not_depend_on_row_order(keys):
    head, *rows = LINKS.strip().splitlines()
    backwards = "\n".join([head, *reversed(rows)])
    assert keys(LINKS) == keys(backwards)


def test_random_order_depends_on_seed_and_person_only(keys):
    alone = "npr_id | ssb_id\n n2 | s2"
    [order] = keys(alone, contacts="npr_id\n n2", show="random_order", seed=7)
    assert order == str(seeded_hash("7|s2"))
    assert order in keys(LINKS, show="random_order", seed=7)
    assert order not in keys(LINKS, show="random_order", seed=8)
