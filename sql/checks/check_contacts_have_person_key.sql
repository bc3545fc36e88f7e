-- check_contacts_have_person_key
-- Contacts that NPR itself could not tie to a person: they have no usable key and are in
-- no count of persons.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: npr_link_status_code
-- threshold: 0.01
-- means: Some treated persons are in no count; they are more often without a Norwegian identity
--   number
-- what_to_do: ask NPR why; persons without a Norwegian identity number are the usual reason
-- source: register-facts 1.4; the threshold is our choice

select
    npr_link_status_code in (
        select npr_link_status_code
        from codelist_npr_link_statuses
        where has_person_key = 'false'
    ) as is_broken
from stg_npr__contacts
where broken_rule is null
