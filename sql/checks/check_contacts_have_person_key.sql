-- check_contacts_have_person_key
-- Contacts that NPR itself could not tie to a person: they have no usable key and are in
-- no count of persons.
-- severity: warning
-- table: stg_npr__contacts
-- column: npr_link_status_code
-- threshold: 0.01
-- what_to_do: ask NPR why; persons without a Norwegian identity number are the usual reason

with

contacts as (
    select *
    from stg_npr__contacts
    where broken_rule is null
),

link_statuses as (
    select *
    from codelist_npr_link_statuses
    where has_person_key = 'false'
),

final as (
    select
        contacts.file_index,
        contacts.row_number,
        'no_person_key' as rule_name,
        'npr_link_status_code' as column_name
    from contacts
    inner join link_statuses
        on contacts.npr_link_status_code = link_statuses.npr_link_status_code
)

select * from final
