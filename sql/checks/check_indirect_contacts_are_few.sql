-- check_indirect_contacts_are_few
-- Contacts without the patient (indirect contacts).
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: contact_type_code
-- threshold: 0.3
-- means: They are left out of the study; many of them say that the code means something else
-- what_to_do: ask NPR what the contact types mean in this delivery
-- source: register-facts 1.4; the threshold is our choice

select
    contact_type_code in (
        select contact_type_code
        from codelist_contact_types
        where is_patient_present = 'false'
    ) as is_broken
from stg_npr__contacts
where broken_rule is null
