-- mart_matched_units
-- One row per person in a matched set, with weight and window outcomes: what the matched
-- difference in differences reads.
-- grain: matched_set_id, person_id

with

sets as (
    select * from mart_matched_sets
),

outcomes as (
    select * from mart_window_outcomes
),

final as (
    select
        sets.sector,
        sets.matched_set_id,
        sets.person_id,
        sets.is_treated,
        sets.weight,
        sets.index_date,
        outcomes.sick_leave_days_before,
        outcomes.sick_leave_days_after,
        outcomes.health_benefit_days_before,
        outcomes.health_benefit_days_after,
        outcomes.sick_leave_dagsverk_before,
        outcomes.sick_leave_dagsverk_after,
        outcomes.sick_leave_months_before,
        outcomes.sick_leave_months_after,
        outcomes.health_benefit_months_before,
        outcomes.health_benefit_months_after
    from sets
    inner join outcomes
        on
            sets.is_treated = outcomes.is_treated
            and sets.sector = outcomes.sector
            and sets.person_id = outcomes.person_id
)

select * from final
