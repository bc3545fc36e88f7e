-- mart_match_pool
-- One row per eligible person, sector and arm. A comparator with several eligible courses
-- serves with one: a course in a stratum that has a treated person goes before others,
-- then a seeded hash decides.
-- grain: is_treated, sector, person_id
-- params: seed
-- `is_comparable` is false for a comparator whose stratum has no treated person.
-- Nobody is his own comparison: a course in a stratum in which the same person is treated
-- is not comparable.

with

eligible as (
    select *
    from mart_candidates
    where failed_step_code is null
),

treated_strata as (
    select
        sector,
        stratum,
        list(person_id) as treated_ids
    from eligible
    where is_treated
    group by all
),

ranked as (
    select
        eligible.*,
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
