-- mart_linkage_levels
-- One row per dimension (sector, debitor_code, year) and level of the linkage report, with
-- the place of the level in the bits of mart_linkage_patients.
-- grain: dimension, level
-- A delivered code that no code list knows becomes "other", an empty one "unknown": no
-- delivered text reaches a report. NPR began in 2008; years far from it are "unknown".

with

sectors as (
    select sector_code from codelist_sectors
),

debitors as (
    select debitor_code from codelist_debitors
),

named as (
    select
        'sector' as dimension,
        sector_code as level
    from sectors
    union all
    select
        'debitor_code' as dimension,
        debitor_code as level
    from debitors
    union all
    select
        'debitor_code' as dimension,
        unnest(['other', 'unknown']) as level
    union all
    select
        'year' as dimension,
        unnest([cast(number as varchar) for number in range(1990, 2051)] || ['unknown']) as level
),

final as (
    select
        dimension,
        level,
        cast(row_number() over (partition by dimension order by level) - 1 as integer) as place
    from named
)

select * from final
