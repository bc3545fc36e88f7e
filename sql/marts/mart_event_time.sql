-- mart_event_time
-- One row per person in a matched set and event-time period, with days in the period.
-- grain: matched_set_id, person_id, event_time
-- params: period_days, first_event_time, last_event_time, benefits_first_date,
--   benefits_last_date, sick_leave_benefit_codes, health_benefit_codes
-- Period t is [index_date + t * period_days, index_date + (t + 1) * period_days). Days are
-- null when the period is not observed whole: the person dead, abroad, or the register
-- not reaching it.

with

sets as (
    select * from mart_matched_sets
),

persons as (
    select * from core_persons
),

intervals as (
    select * from core_benefit_intervals
),

benefits as (
    select * from codelist_benefits
),

periods as (
    select unnest(range($first_event_time, $last_event_time + 1)) as event_time
),

grid as (
    select
        sets.matched_set_id,
        sets.sector,
        sets.person_id,
        sets.is_treated,
        sets.weight,
        cast(periods.event_time as integer) as event_time,
        sets.index_date + cast(periods.event_time * $period_days as integer)
            as start_date,
        sets.index_date + cast((periods.event_time + 1) * $period_days as integer)
            as until_date,
        persons.death_date,
        persons.emigration_date,
        persons.immigration_date
    from sets
    inner join persons on sets.person_id = persons.person_id
    cross join periods
),

flagged as (
    select
        person_id,
        start_date,
        until_date,
        benefit_set & (
            select cast(sum(cast(benefit_bit as integer)) as integer)
            from benefits
            where list_contains($sick_leave_benefit_codes, benefit_code)
        ) > 0 as is_sick_leave,
        benefit_set & (
            select cast(sum(cast(benefit_bit as integer)) as integer)
            from benefits
            where list_contains($health_benefit_codes, benefit_code)
        ) > 0 as is_health_benefit
    from intervals
),

summed as (
    select
        grid.matched_set_id,
        grid.person_id,
        grid.event_time,
        sum(
            least(flagged.until_date, grid.until_date)
            - greatest(flagged.start_date, grid.start_date)
        ) filter (where flagged.is_sick_leave) as sick_leave_days,
        sum(
            least(flagged.until_date, grid.until_date)
            - greatest(flagged.start_date, grid.start_date)
        ) filter (where flagged.is_health_benefit) as health_benefit_days
    from grid
    inner join flagged
        on
            grid.person_id = flagged.person_id
            and grid.until_date > flagged.start_date
            and grid.start_date < flagged.until_date
    group by all
),

observed as (
    select
        *,
        start_date >= $benefits_first_date
        and until_date <= $benefits_last_date + 1
        and coalesce(death_date >= until_date, true)
        -- Immigration after emigration is a return, as in mart_candidates.
        and if(
            immigration_date > emigration_date,
            emigration_date >= until_date or immigration_date <= start_date,
            coalesce(emigration_date >= until_date, true)
            and coalesce(immigration_date <= start_date, true)
        ) as is_observed
    from grid
),

final as (
    select
        observed.sector,
        observed.matched_set_id,
        observed.person_id,
        observed.is_treated,
        observed.weight,
        observed.event_time,
        case
            when observed.is_observed
                then cast(coalesce(summed.sick_leave_days, 0) as integer)
        end as sick_leave_days,
        case
            when observed.is_observed
                then cast(coalesce(summed.health_benefit_days, 0) as integer)
        end as health_benefit_days
    from observed
    left join summed
        on
            observed.matched_set_id = summed.matched_set_id
            and observed.person_id = summed.person_id
            and observed.event_time = summed.event_time
)

select * from final
