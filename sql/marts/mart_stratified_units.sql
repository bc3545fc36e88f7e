-- mart_stratified_units
-- One row per person and arm that full stratification may compare: every treated, and every
-- comparator in a stratum that has one, with the window outcomes.
-- grain: is_treated, sector, person_id
-- `stratum_number` numbers the strata over all sectors, from 0. A comparator is not dealt to
-- one treated here: it stands beside all the treated of its stratum.
-- source: methods, "Estimators" (same, all controls)

with

pool as (
    select *
    from mart_match_pool
    where is_comparable
),

outcomes as (
    select * from mart_window_outcomes
),

final as (
    select
        pool.sector,
        dense_rank() over (order by pool.sector, pool.stratum) - 1 as stratum_number,
        pool.person_id,
        pool.is_treated,
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
    from pool
    inner join outcomes
        on
            pool.is_treated = outcomes.is_treated
            and pool.sector = outcomes.sector
            and pool.person_id = outcomes.person_id
)

select * from final
