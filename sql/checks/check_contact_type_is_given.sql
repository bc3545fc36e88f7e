-- check_contact_type_is_given
-- Contacts without contact_type_code, when the column is delivered at all.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: contact_type_code
-- threshold: 0.05
-- means: Contacts without a type count as contacts with the patient present
-- what_to_do: see which file and year lacks it, and ask NPR for it
-- source: our choice

select contact_type_code is null or contact_type_code = '' as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and exists (
        select 1 from stg_npr__contacts as delivered
        where delivered.contact_type_code is not null
    )
