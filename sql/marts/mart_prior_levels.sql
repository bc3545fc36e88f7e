-- mart_prior_levels
-- One row per eligible index contact with the level of each outcome before the index date, when
-- the study matches on it; no row otherwise.
-- grain: is_treated, person_id, sector, index_date
-- params: match_on, before_days, prior_level_edges_days, sick_leave_benefit_codes,
--   health_benefit_codes
-- The level is the number of edges that the days in [index_date - before_days, index_date) reach.
-- Matching on an outcome before treatment can make a bias where there was none: those who stand
-- alike on a peak fall back by different ways. The diagnostic regression_to_mean stands beside.
-- source: Daw & Hatfield (2018), doi:10.1111/1475-6773.12993

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

eligible as (
    select
        is_treated,
        person_id,
        sector,
        index_date,
        index_date - $before_days as before_date
    from mart_candidates
    where
        failed_step_code is null
        and list_has_any($match_on, ['sick_leave_level', 'health_benefit_level'])
),

overlapping as (
    select
        eligible.is_treated,
        eligible.person_id,
        eligible.sector,
        eligible.index_date,
        least(intervals.until_date, eligible.index_date)
        - greatest(intervals.start_date, eligible.before_date) as days,
        intervals.benefit_set & masks.sick_leave > 0 as is_sick_leave,
        intervals.benefit_set & masks.health_benefit > 0 as is_health_benefit
    from eligible
    inner join core_benefit_intervals as intervals
        on
            eligible.person_id = intervals.person_id
            and eligible.before_date < intervals.until_date
            and eligible.index_date > intervals.start_date
    cross join masks
    union all by name
    select eligible.* exclude (before_date)
    from eligible
),

summed as (
    select
        is_treated,
        person_id,
        sector,
        index_date,
        coalesce(sum(days) filter (where is_sick_leave), 0) as sick_leave_days,
        coalesce(sum(days) filter (where is_health_benefit), 0) as health_benefit_days
    from overlapping
    group by all
),

final as (
    select
        is_treated,
        person_id,
        sector,
        index_date,
        len(list_filter($prior_level_edges_days, lambda edge: sick_leave_days >= edge))
            as sick_leave_level,
        len(list_filter($prior_level_edges_days, lambda edge: health_benefit_days >= edge))
            as health_benefit_level
    from summed
)

select * from final
