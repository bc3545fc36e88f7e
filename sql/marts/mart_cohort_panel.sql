-- mart_cohort_panel
-- One row per person in a matched set, cohort and quarter around the index date: three periods of
-- the event study together, each person on the clock of his own index date.
-- grain: matched_set_id, person_id, cohort, quarter
-- Quarter 0 begins at the index date; quarters that are not whole at either end are left out, and
-- values are null when a period of the quarter is not observed. `cohort` numbers the calendar
-- quarter of the index date of the treated of the set (year x 4 + quarter - 1), for his controls
-- too: a control comes to care by himself, so that only on his own clock does he tell what the
-- treated would have done. cohort + quarter is then the calendar that the set shares. Where a set
-- has treated of several cohorts, as with stratification, a control is in each of these, and his
-- weight is shared out as they are.
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
        *,
        cast(year(index_date) * 4 + quarter(index_date) - 1 as integer) as own_cohort
    from mart_matched_sets
),

counted as (
    select matched_set_id, own_cohort as cohort, count(*) as n_treated
    from sets
    where is_treated
    group by all
),

shares as (
    select
        matched_set_id,
        cohort,
        n_treated / sum(n_treated) over (partition by matched_set_id) as share
    from counted
),

units as (
    select
        sets.sector,
        sets.matched_set_id,
        sets.person_id,
        sets.is_treated,
        shares.cohort,
        if(sets.is_treated, sets.weight, sets.weight * shares.share) as weight
    from sets
    inner join shares on sets.matched_set_id = shares.matched_set_id
    where not sets.is_treated or sets.own_cohort = shares.cohort
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
        units.*,
        quarters.quarter,
        quarters.sick_leave_days,
        quarters.health_benefit_days
    from units
    inner join quarters
        on
            units.matched_set_id = quarters.matched_set_id
            and units.person_id = quarters.person_id
)

select * from final
