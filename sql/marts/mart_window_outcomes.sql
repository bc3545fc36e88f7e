-- mart_window_outcomes
-- One row per person in the match pool: calendar days with sick leave, and with any
-- health-related benefit, in the windows before and after the index date.
-- grain: is_treated, sector, person_id
-- params: before_days, after_days, sick_leave_benefit_codes, health_benefit_codes
-- before = [index_date - before_days, index_date), after = [index_date, index_date +
-- after_days). A day counts once, however many benefits are in force (union, never a sum).

with

pool as (
    select * from mart_match_pool
),

intervals as (
    select * from core_benefit_intervals
),

benefits as (
    select * from codelist_benefits
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

overlapping as (
    select
        pool.is_treated,
        pool.sector,
        pool.person_id,
        flagged.is_sick_leave,
        flagged.is_health_benefit,
        greatest(
            0,
            least(flagged.until_date, pool.index_date)
            - greatest(flagged.start_date, pool.index_date - $before_days)
        ) as days_before,
        greatest(
            0,
            least(flagged.until_date, pool.index_date + $after_days)
            - greatest(flagged.start_date, pool.index_date)
        ) as days_after
    from pool
    inner join flagged
        on
            pool.person_id = flagged.person_id
            and flagged.start_date < pool.index_date + $after_days
            and flagged.until_date > pool.index_date - $before_days
),

summed as (
    select
        is_treated,
        sector,
        person_id,
        sum(days_before) filter (where is_sick_leave) as sick_leave_days_before,
        sum(days_after) filter (where is_sick_leave) as sick_leave_days_after,
        sum(days_before) filter (where is_health_benefit) as health_benefit_days_before,
        sum(days_after) filter (where is_health_benefit) as health_benefit_days_after
    from overlapping
    group by all
),

final as (
    select
        pool.is_treated,
        pool.sector,
        pool.person_id,
        cast(coalesce(summed.sick_leave_days_before, 0) as integer)
            as sick_leave_days_before,
        cast(coalesce(summed.sick_leave_days_after, 0) as integer)
            as sick_leave_days_after,
        cast(coalesce(summed.health_benefit_days_before, 0) as integer)
            as health_benefit_days_before,
        cast(coalesce(summed.health_benefit_days_after, 0) as integer)
            as health_benefit_days_after
    from pool
    left join summed
        on
            pool.is_treated = summed.is_treated
            and pool.sector = summed.sector
            and pool.person_id = summed.person_id
)

select * from final
