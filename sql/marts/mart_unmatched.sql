-- mart_unmatched
-- One row per sector, covariate and level: eligible treated persons, those without a match, and
-- what they are like. Whoever is lost is described, for the estimate is of the others.
-- grain: sector, covariate, level
-- Numbers have an empty level and means of the matched and of the unmatched. A diagnosis is told
-- by its first character (the ICD-10 chapter, nearly), for single codes are few persons. Sector
-- ALL counts a person once in each sector.

with

matched as (
    select distinct
        sector,
        person_id
    from mart_matched_sets
    where is_treated
),

treated as (
    select
        pool.*,
        matched.person_id is not null as is_matched,
        outcomes.sick_leave_days_before,
        outcomes.health_benefit_days_before
    from mart_match_pool as pool
    left join matched on pool.sector = matched.sector and pool.person_id = matched.person_id
    inner join mart_window_outcomes as outcomes
        on
            pool.is_treated = outcomes.is_treated
            and pool.sector = outcomes.sector
            and pool.person_id = outcomes.person_id
    where pool.is_treated
),

with_all as (
    select * from treated
    union all
    select treated.* replace ('ALL' as sector) from treated
),

described as (
    select
        sector,
        is_matched,
        unnest([  -- noqa: AL03
            row('diagnosis', left(diagnosis, 1), cast(null as integer)),
            row('sex', sex_code, null),
            row('age_band', cast(age_band as varchar), null),
            row('education_group', education_group, null),
            row('index_year', cast(index_year as varchar), null),
            row('age_years', '', age_years),
            row('sick_leave_days_before', '', sick_leave_days_before),
            row('health_benefit_days_before', '', health_benefit_days_before)
        ]) as told
    from with_all
),

named as (
    select
        sector,
        is_matched,
        told[1] as covariate,
        told[2] as level,
        told[3] as amount
    from described
),

final as (
    select
        sector,
        covariate,
        level,
        count(*) as n_eligible,
        count(*) filter (where is_matched) as n_matched,
        count(*) filter (where not is_matched) as n_unmatched,
        n_unmatched / n_eligible as share_unmatched,
        avg(amount) filter (where is_matched) as mean_matched,
        avg(amount) filter (where not is_matched) as mean_unmatched
    from named
    group by sector, covariate, level
)

select * from final
