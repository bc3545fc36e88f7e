-- mart_treated_profile
-- One row per index year, sector, age band, first letter of the matching diagnosis and care mode
-- of the index contact of the eligible treated, with their number and their sick leave before
-- treatment.
-- grain: index_year, sector, age_band, chapter_letter, is_outpatient, is_day_treatment
-- A person treated in two sectors counts in each. sick_leave_days and squared_days: sum, and sum
-- of squares, of the days of sick leave in the window before the index date.
-- source: seed-facts 3.2 (F21, F22, F23, F25, F27 of SINTEF 2022:00168); the measures: our choice

with

pool as (
    select *
    from mart_match_pool
    where is_treated
),

outcomes as (
    select * from mart_window_outcomes
),

indexes as (
    select * from mart_treated_index
),

care_levels as (
    select * from codelist_care_levels
),

final as (
    select
        pool.index_year,
        pool.sector,
        pool.age_band,
        left(pool.diagnosis, 1) as chapter_letter,
        indexes.is_outpatient,
        coalesce(levels.is_outpatient = 'false' and levels.has_nights = 'false', false)
            as is_day_treatment,
        count(*) as n_persons,
        cast(sum(outcomes.sick_leave_days_before) as bigint) as sick_leave_days,
        cast(
            sum(outcomes.sick_leave_days_before * outcomes.sick_leave_days_before) as bigint
        ) as squared_days
    from pool
    inner join outcomes
        on
            pool.is_treated = outcomes.is_treated
            and pool.sector = outcomes.sector
            and pool.person_id = outcomes.person_id
    inner join indexes
        on
            pool.sector = indexes.sector
            and pool.person_id = indexes.person_id
    left join care_levels as levels on indexes.care_level_code = levels.care_level_code
    group by all
)

select * from final
