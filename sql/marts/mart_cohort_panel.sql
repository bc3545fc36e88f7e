-- mart_cohort_panel
-- One row per person in a matched set and quarter around the index date: three periods of the
-- event study together, each person on the clock of his own index date.
-- grain: matched_set_id, person_id, quarter
-- Quarter 0 begins at the index date; quarters that are not whole at either end are left out, and
-- values are null when a period of the quarter is not observed. `cohort` numbers the calendar
-- quarter of the index date of the treated of the set (year x 4 + quarter - 1), for his controls
-- too: a control comes to care by himself, so that only on his own clock does he tell what the
-- treated would have done. cohort + quarter is then the calendar that the set shares.
-- source: DECISIONS 46 (our choice)

with

periods as (
    select
        *,
        cast(floor(event_time / 3.0) as integer) as quarter
    from mart_event_time
),

sets as (
    select
        matched_set_id,
        year(index_date) * 4 + quarter(index_date) - 1 as cohort
    from mart_matched_sets
    where is_treated
),

quarters as (
    select
        matched_set_id,
        person_id,
        quarter,
        if(count(sick_leave_days) = 3, sum(sick_leave_days), null) as sick_leave_days,
        if(count(health_benefit_days) = 3, sum(health_benefit_days), null) as health_benefit_days
    from periods
    group by matched_set_id, person_id, quarter
    having count(*) = 3
),

final as (
    select
        quarters.matched_set_id,
        quarters.person_id,
        quarters.quarter,
        cast(sets.cohort as integer) as cohort,
        quarters.sick_leave_days,
        quarters.health_benefit_days
    from quarters
    inner join sets on quarters.matched_set_id = sets.matched_set_id
)

select * from final
