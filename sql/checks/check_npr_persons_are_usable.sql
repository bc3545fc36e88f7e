-- check_npr_persons_are_usable
-- Rows of npr_person that went to quarantine, with lines that were no rows at all.
-- family: conformance
-- severity: warning
-- table: stg_npr__persons
-- column: any
-- threshold: 0.01
-- means: sex and birth in NPR cannot be held against those of SSB for them
-- what_to_do: look at the rows in restricted/quarantine.parquet and correct the delivery
-- source: our choice

with

delivered as (
    select * from stg_npr__persons
),

rejects as (
    select *
    from raw_rejects
    where table_name = 'npr_person'
),

final as (
    select
        file_index,
        row_number,
        broken_rule is not null as is_broken,
        broken_rule as rule_name,
        broken_column as column_name
    from delivered
    union all
    select
        file_index,
        row_number,
        true as is_broken,
        rule as rule_name,
        null as column_name
    from rejects
)

select * from final
