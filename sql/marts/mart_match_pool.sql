-- mart_match_pool
-- One row per eligible person, sector and arm. A comparator with several eligible courses
-- serves with one: a course in a stratum that has a treated person goes before others,
-- then a seeded hash decides.
-- grain: is_treated, sector, person_id
-- params: seed, match_on
-- `stratum_id` numbers the strata of all sectors that have a treated person; null in others.
-- `is_comparable` is false for a comparator whose stratum has no treated person.
-- Nobody is his own comparison: a course in a stratum in which the same person is treated
-- is not comparable. Levels of outcomes before the index date join the stratum here, where the
-- study matches on them: they are counted for eligible courses alone.

with

eligible as (
    select
        candidates.* exclude (stratum),
        concat_ws(
            '|',
            candidates.stratum,
            case when list_contains($match_on, 'sick_leave_level') then levels.sick_leave_level end,
            case
                when list_contains($match_on, 'health_benefit_level')
                    then levels.health_benefit_level
            end
        ) as stratum
    from mart_candidates as candidates
    left join mart_prior_levels as levels
        on
            candidates.is_treated = levels.is_treated
            and candidates.person_id = levels.person_id
            and candidates.sector = levels.sector
            and candidates.index_date = levels.index_date
    where candidates.failed_step_code is null
),

treated_strata as (
    select
        sector,
        stratum,
        list(person_id) as treated_ids,
        -- Text as a key takes three times as long where there are many rows.
        row_number() over (order by sector, stratum) as stratum_id
    from eligible
    where is_treated
    group by sector, stratum
),

ranked as (
    select
        eligible.*,
        treated_strata.stratum_id,
        eligible.is_treated or (
            treated_strata.stratum is not null
            and not list_contains(treated_strata.treated_ids, eligible.person_id)
        ) as is_comparable,
        md5_number_upper(
            concat($seed, '|', eligible.random_order, '|', eligible.index_date)
        ) as course_order
    from eligible
    left join treated_strata
        on
            eligible.sector = treated_strata.sector
            and eligible.stratum = treated_strata.stratum
),

final as (
    select
        is_treated,
        sector,
        person_id,
        index_date,
        random_order,
        stratum,
        stratum_id,
        is_comparable,
        diagnosis,
        sex_code,
        age_years,
        age_band,
        education_group,
        index_year,
        is_left_truncated
    from ranked
    qualify row_number() over (
        partition by is_treated, sector, person_id
        order by is_comparable desc, course_order asc, index_date asc
    ) = 1
)

select * from final
