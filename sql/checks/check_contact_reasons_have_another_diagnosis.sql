-- check_contact_reasons_have_another_diagnosis
-- Contacts whose main diagnosis is only a reason for contact (chapter Z) have another
-- diagnosis beside it, when other diagnoses are delivered.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: secondary_icd10_codes
-- threshold: 0.5
-- means: These persons are matched on the reason for contact, not on the illness
-- what_to_do: ask NPR for the other diagnoses; compare the institutions
-- source: register-facts 4; the threshold is our choice

select secondary_icd10_codes is null as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and substr(main_icd10_code, 1, 1) in (
        select chapter_letter from codelist_icd10_contact_reasons
    )
    and exists (
        select 1 from stg_npr__contacts as delivered
        where delivered.secondary_icd10_codes is not null
    )
