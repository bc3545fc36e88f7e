-- check_contact_types_are_known
-- Contact types outside the code list.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: contact_type_code
-- threshold: 0
-- lists: [A-Z0-9]{1,2}
-- means: An unknown type counts as a contact with the patient present; if it is not, there are
--   too many contacts
-- what_to_do: ask NPR what the codes mean; add them to sql/codelists/contact_types.csv
-- source: register-facts 1.4

select
    contact_type_code not in (
        select contact_type_code
        from codelist_contact_types
    ) as is_broken
from stg_npr__contacts
where broken_rule is null
