-- check_debitor_codes_are_known
-- Debitor codes outside the code list: kept, and never a treatment by mistake.
-- severity: warning
-- table: stg_npr__contacts
-- column: debitor_code
-- threshold: 0
-- what_to_do: ask NPR what the codes mean; add them to sql/codelists/debitors.csv

with

contacts as (
    select *
    from stg_npr__contacts
    where broken_rule is null
),

debitors as (
    select * from codelist_debitors
),

final as (
    select
        file_index,
        row_number,
        'unknown_code' as rule_name,
        'debitor_code' as column_name
    from contacts
    anti join debitors on contacts.debitor_code = debitors.debitor_code
    where contacts.debitor_code is not null
)

select * from final
