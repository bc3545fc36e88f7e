-- check_measures_are_not_delivered_twice
-- The same measure delivered more than once: same person, measure, days and provider. One row per
-- distinct measure is examined.
-- family: conformance
-- severity: warning
-- table: stg_nav__measures
-- column: any
-- threshold: 0.001
-- means: counts of measures are too high, and a file may be there twice
-- what_to_do: see whether two files overlap in time
-- source: our choice

with

examined as (
    select
        min({'file_index': file_index, 'row_number': row_number}) as first_row,
        count(*) > 1 as is_broken
    from stg_nav__measures
    where broken_rule is null
    group by nav_id, measure_code, start_date, until_date, provider_id
),

final as (
    select
        first_row.file_index,
        first_row.row_number,
        is_broken
    from examined
)

select * from final
