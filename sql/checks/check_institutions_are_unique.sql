-- check_institutions_are_unique
-- Each institution stands in one row of the institution table.
-- family: conformance
-- severity: warning
-- table: stg_npr__institutions
-- column: institution_id
-- threshold: 0
-- means: Counts by trust double where an institution stands twice
-- what_to_do: give each institution one trust; the trust of its last year serves
-- source: our choice

with

institutions as (
    select *
    from stg_npr__institutions
    where broken_rule is null
),

repeated as (
    select institution_id
    from institutions
    group by institution_id
    having count(*) > 1
),

final as (
    select
        file_index,
        row_number,
        institution_id in (select repeated.institution_id from repeated) as is_broken
    from institutions
)

select * from final
