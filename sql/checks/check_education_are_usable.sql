-- check_education_are_usable
-- Rows of education that went to quarantine, with lines that were no rows at all.
-- severity: error
-- table: stg_ssb__education
-- column: any
-- threshold: 0.01
-- what_to_do: look at the rows in restricted/quarantine.parquet and correct the delivery

with

delivered as (
    select * from stg_ssb__education
),

rejects as (
    select *
    from raw_rejects
    where table_name = 'education'
),

final as (
    select
        file_index,
        row_number,
        broken_rule as rule_name,
        broken_column as column_name
    from delivered
    where broken_rule is not null
    union all
    select
        file_index,
        row_number,
        rule as rule_name,
        null as column_name
    from rejects
)

select * from final
