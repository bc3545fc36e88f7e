"""Sick leave drawn as core_benefit_spells, through every table up to the one asked for."""

ENGINE = ("core_benefit_stretches", "core_benefit_intervals", "core_sick_leave_pieces")
ORDINARY = {"grade_percent": "100", "delivered_start_date": "start_date", "benefit_code": "SP"}
PARAMS = {"sick_leave_gap_days": 16, "sick_pay_counts_employer_period": True}


def build_sick_leave(models, drawn, *later, **params):
    """Build the engine and then the tables named."""
    models.give("core_benefit_spells", drawn, ORDINARY)
    for name in (*ENGINE, *later):
        needed = models.models[name].params
        models.build(name, {k: v for k, v in (PARAMS | params).items() if k in needed})
