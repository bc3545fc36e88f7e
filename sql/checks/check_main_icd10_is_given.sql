-- check_main_icd10_is_given
-- Contacts without main_icd10_code.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: main_icd10_code
-- threshold: 0.05
-- means: Persons without a diagnosis cannot be matched, and leave the study
-- what_to_do: see which file and year lacks it, and ask NPR for it
-- source: our choice

select main_icd10_code is null or main_icd10_code = '' as is_broken
from stg_npr__contacts
where broken_rule is null
