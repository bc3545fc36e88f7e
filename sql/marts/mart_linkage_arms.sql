-- mart_linkage_arms
-- One row per sector (or ALL), year and arm: persons with a usable key, and how many of them
-- are unlinked.
-- grain: sector, year, arm
-- Treated in a sector: a contact there with one of the study's debitor codes. Comparator: a
-- contact there, and no such code in any sector. Whoever is treated elsewhere only is in
-- neither arm of the sector. The year is that of the first treatment contact, or of the first
-- contact of a comparator, so that everybody is in one year.

with

patients as (
    select * from mart_linkage_patients
),

levels as (
    select * from mart_linkage_levels
),

alike as (
    select
        sector_bits,
        treated_sector_bits,
        is_treated,
        coalesce(first_treated_year, first_year) as year,
        is_linked,
        count(*) as n_persons
    from patients
    group by all
),

placed as (
    select
        levels.level as sector,
        alike.year,
        alike.is_treated,
        alike.is_linked,
        alike.n_persons
    from alike
    inner join levels
        on
            levels.dimension = 'sector'
            and (
                if(alike.is_treated, alike.treated_sector_bits, alike.sector_bits) >> levels.place
            ) & 1 = 1
    union all
    select
        'ALL' as sector,
        year,
        is_treated,
        is_linked,
        n_persons
    from alike
),

final as (
    select
        sector,
        year,
        if(is_treated, 'treated', 'comparator') as arm,
        cast(sum(n_persons) as bigint) as n_persons,
        cast(sum(if(is_linked, 0, n_persons)) as bigint) as n_persons_unlinked
    from placed
    group by all
)

select * from final
