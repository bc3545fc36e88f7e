-- check_benefit_spells_are_usable
-- Rows of nav_benefit that went to quarantine, with lines that were no rows at all. Lines that a
-- family of files holds for something else are not examined.
-- family: conformance
-- severity: error
-- table: stg_nav__benefit_spells
-- column: any
-- threshold: 0.01
-- means: Days with a benefit are lost, and read as days at work
-- what_to_do: look at the rows in restricted/quarantine.parquet and correct the delivery
-- source: our choice

with

delivered as (
    select * from stg_nav__benefit_spells
),

rejects as (
    select *
    from raw_rejects
    where table_name = 'nav_benefit'
),

final as (
    select
        file_index,
        row_number,
        broken_rule is not null as is_broken,
        broken_rule as rule_name,
        broken_column as column_name
    from delivered
    where broken_rule is distinct from 'other_content'
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
