-- check_education_has_one_row_a_year
-- More than one education of the same person and year.
-- family: conformance
-- severity: warning
-- table: stg_ssb__education
-- column: ssb_id, year
-- threshold: 0.001
-- means: which of them counts is chance; core takes one by rule
-- what_to_do: ask SSB for one row per person and year
-- source: our choice

with

examined as (
    select
        min({'file_index': file_index, 'row_number': row_number}) as first_row,
        count(*) > 1 as is_broken
    from stg_ssb__education
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
