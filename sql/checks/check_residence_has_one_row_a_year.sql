-- check_residence_has_one_row_a_year
-- More than one place of residence of the same person and year.
-- family: conformance
-- severity: warning
-- table: stg_ssb__residence
-- column: ssb_id, year
-- threshold: 0.001
-- means: which of them counts is chance
-- what_to_do: ask SSB for the residence on 1 January
-- source: our choice

with

examined as (
    select
        min({'file_index': file_index, 'row_number': row_number}) as first_row,
        count(*) > 1 as is_broken
    from stg_ssb__residence
    where broken_rule is null
    group by ssb_id, status_year
),

final as (
    select
        first_row.file_index,
        first_row.row_number,
        is_broken
    from examined
)

select * from final
