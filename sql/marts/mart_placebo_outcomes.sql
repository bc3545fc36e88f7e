-- mart_placebo_outcomes
-- One row per person in a matched set, with the days of the two windows of the placebo in time:
-- the study's windows around an index date that is moved back by after_days.
-- grain: matched_set_id, person_id
-- params: before_days, after_days, sick_leave_benefit_codes, health_benefit_codes
-- before = [index_date - after_days - before_days, index_date - after_days),
-- after = [index_date - after_days, index_date). Values are null for who was not alive, in the
-- country and in the register through both. A day with several benefits counts once.
-- source: methods, "The gate" (placebo in time)

with

masks as (
    select
        cast(sum(cast(benefit_bit as integer)) filter (
            where list_contains($sick_leave_benefit_codes, benefit_code)
        ) as integer) as sick_leave,
        cast(sum(cast(benefit_bit as integer)) filter (
            where list_contains($health_benefit_codes, benefit_code)
        ) as integer) as health_benefit
    from codelist_benefits
),

units as (
    select
        sets.matched_set_id,
        sets.person_id,
        sets.index_date - $after_days - $before_days as before_date,
        sets.index_date - $after_days as after_date,
        sets.index_date as until_date
    from mart_matched_sets as sets
),

-- A stretch that holds both windows is the only one to do so.
observed as (
    select units.*
    from units
    inner join core_person_time as seen
        on
            units.person_id = seen.person_id
            and units.before_date >= seen.start_date
            and units.until_date <= seen.until_date
),

measured as (
    select
        observed.matched_set_id,
        observed.person_id,
        intervals.benefit_set & masks.sick_leave > 0 as is_sick_leave,
        intervals.benefit_set & masks.health_benefit > 0 as is_health_benefit,
        greatest(
            least(intervals.until_date, observed.after_date)
            - greatest(intervals.start_date, observed.before_date),
            0
        ) as days_before,
        greatest(
            least(intervals.until_date, observed.until_date)
            - greatest(intervals.start_date, observed.after_date),
            0
        ) as days_after
    from observed
    left join core_benefit_intervals as intervals
        on
            observed.person_id = intervals.person_id
            and observed.until_date > intervals.start_date
            and observed.before_date < intervals.until_date
    cross join masks
),

summed as (
    select
        matched_set_id,
        person_id,
        coalesce(sum(days_before) filter (where is_sick_leave), 0) as sick_leave_days_before,
        coalesce(sum(days_after) filter (where is_sick_leave), 0) as sick_leave_days_after,
        coalesce(sum(days_before) filter (where is_health_benefit), 0)
            as health_benefit_days_before,
        coalesce(sum(days_after) filter (where is_health_benefit), 0)
            as health_benefit_days_after
    from measured
    group by matched_set_id, person_id
),

final as (
    select
        units.matched_set_id,
        units.person_id,
        cast(summed.sick_leave_days_before as integer) as sick_leave_days_before,
        cast(summed.sick_leave_days_after as integer) as sick_leave_days_after,
        cast(summed.health_benefit_days_before as integer) as health_benefit_days_before,
        cast(summed.health_benefit_days_after as integer) as health_benefit_days_after
    from units
    left join summed
        on
            units.matched_set_id = summed.matched_set_id
            and units.person_id = summed.person_id
)

select * from final
