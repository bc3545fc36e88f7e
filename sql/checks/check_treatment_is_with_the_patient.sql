-- check_treatment_is_with_the_patient
-- Treatment contacts without the patient (indirect contacts).
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: contact_type_code, debitor_code
-- threshold: 0.1
-- means: They are no treatment; the treated are fewer than the codes say
-- what_to_do: ask NPR what the contact types mean in this delivery
-- source: register-facts 1.4; the threshold is our choice

select
    contact_type_code in (
        select contact_type_code
        from codelist_contact_types
        where is_patient_present = 'false'
    ) as is_broken
from stg_npr__contacts
where broken_rule is null and list_contains($debitor_codes, debitor_code)
