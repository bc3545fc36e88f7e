-- check_benefit_spells_are_not_delivered_twice
-- The same spell delivered more than once: same person, benefit, days, job, grade and diagnosis.
-- One row per distinct spell is examined.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: any
-- threshold: 0.001
-- means: days are counted once, but counts of spells are too high; a file may be there twice
-- what_to_do: see whether two files overlap in time
-- source: our choice

with

examined as (
    select
        min({'file_index': file_index, 'row_number': row_number}) as first_row,
        count(*) > 1 as is_broken
    from stg_nav__benefit_spells
    where broken_rule is null
    group by
        nav_id,
        benefit_code,
        start_date,
        until_date,
        job_id,
        grade_percent,
        position_percent,
        diagnosis_code
),

final as (
    select
        first_row.file_index,
        first_row.row_number,
        is_broken
    from examined
)

select * from final
