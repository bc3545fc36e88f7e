-- check_contacts_within_coverage
-- Contacts that start outside the period the delivery says it covers.
-- severity: warning
-- table: stg_npr__contacts
-- column: start_date
-- threshold: 0
-- params: contacts_first_date, contacts_last_date
-- what_to_do: correct first_date and last_date in delivery.toml, or the file

with

contacts as (
    select *
    from stg_npr__contacts
    where broken_rule is null
),

final as (
    select
        file_index,
        row_number,
        'outside_coverage' as rule_name,
        'start_date' as column_name
    from contacts
    where start_date not between $contacts_first_date and $contacts_last_date
)

select * from final
