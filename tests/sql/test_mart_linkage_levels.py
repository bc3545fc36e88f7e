def levels(models, dimension):
    models.build("mart_linkage_levels")
    rows = models.fetch("mart_linkage_levels", "dimension, level, place")
    return {level: place for name, level, place in rows if name == dimension}


def test_every_level_has_a_place_of_its_own_that_fits_a_number_of_63_bits(models):
    for dimension in ("sector", "debitor_code", "year"):
        places = sorted(levels(models, dimension).values())
        assert places == list(range(len(places)))
        assert places[-1] < 63


def test_codes_come_from_the_code_lists_with_a_level_for_others_and_for_none(models):
    assert set(levels(models, "sector")) == {"SOM", "PHV", "TSB", "ARR"}
    assert {"20", "1", "GR", "other", "unknown"} <= set(levels(models, "debitor_code"))
    assert {"2008", "2018", "unknown"} <= set(levels(models, "year"))
