-- mart_linkage_shares
-- One row per dimension (sector, year, debitor_code, age_band, sex, arm) and level: contacts
-- and persons, and how many of them are unlinked.
-- grain: dimension, level
-- params: age_bands
-- A person counts once in every level in which the person has a contact; contacts without a
-- key are unlinked rows of nobody. Age is year of contact less birth year. Levels without any
-- contact are left out.

with

tallies as (
    select
        *,
        if(
            age_years >= 0, list_extract(cast($age_bands as integer []), age_years + 1), null
        ) as first_age
    from mart_linkage_rows
),

levels as (
    select * from mart_linkage_levels
),

patients as (
    select
        *,
        coalesce(sex_code, 'unknown') as sex,
        if(is_treated, 'treated', 'comparator') as arm
    from mart_linkage_patients
),

-- Few combinations remain, whatever the number of patients.
sector_groups as (
    select 'sector' as dimension, sector_bits as bits, is_linked, count(*) as n_persons
    from patients
    group by all
    union all
    select 'debitor_code' as dimension, debitor_bits as bits, is_linked, count(*) as n_persons
    from patients
    group by all
    union all
    select 'year' as dimension, year_bits as bits, is_linked, count(*) as n_persons
    from patients
    group by all
),

age_groups as (
    select year_bits, birth_year, is_linked, count(*) as n_persons
    from patients
    group by all
),

aged as (
    select
        age_groups.*,
        try_cast(levels.level as integer) - age_groups.birth_year as age_years,
        if(
            age_years >= 0, list_extract(cast($age_bands as integer []), age_years + 1), null
        ) as first_age
    from age_groups
    inner join levels
        on levels.dimension = 'year' and (age_groups.year_bits >> levels.place) & 1 = 1
),

banded as (
    select distinct
        year_bits,
        birth_year,
        is_linked,
        n_persons,
        first_age
    from aged
),

persons as (
    select levels.dimension, levels.level, sector_groups.is_linked, sector_groups.n_persons
    from sector_groups
    inner join levels
        on
            sector_groups.dimension = levels.dimension
            and (sector_groups.bits >> levels.place) & 1 = 1
    union all
    select 'age_band' as dimension, cast(first_age as varchar) as level, is_linked, n_persons
    from banded
    union all
    select 'sex' as dimension, sex as level, is_linked, count(*) as n_persons
    from patients
    group by all
    union all
    select 'arm' as dimension, arm as level, is_linked, count(*) as n_persons
    from patients
    group by all
),

counted as (
    select dimension, level, is_linked, n_persons, 0 as n_rows, 0 as n_rows_without_key
    from persons
    union all
    select
        unnest(['sector', 'year', 'debitor_code', 'age_band', 'sex', 'arm']) as dimension,
        unnest(
            [sector, year, debitor_code, cast(first_age as varchar), sex_code, arm]
        ) as level,
        is_linked,
        0 as n_persons,
        n_rows,
        if(has_key, 0, n_rows) as n_rows_without_key
    from tallies
),

final as (
    select
        dimension,
        case
            when level is null then 'unknown'
            when dimension = 'age_band'
                then
                    concat_ws(
                        '-',
                        level,
                        len(list_filter($age_bands, lambda x: x <= cast(level as integer))) - 1
                    )
            else level
        end as level,
        cast(sum(n_rows) as bigint) as n_rows,
        cast(sum(if(is_linked, 0, n_rows)) as bigint) as n_rows_unlinked,
        cast(sum(n_rows_without_key) as bigint) as n_rows_without_key,
        cast(sum(n_persons) as bigint) as n_persons,
        cast(sum(if(is_linked, 0, n_persons)) as bigint) as n_persons_unlinked,
        sum(if(is_linked, 0, n_rows)) / sum(n_rows) as share_unlinked
    from counted
    group by all
)

select * from final
