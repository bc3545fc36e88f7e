-- check_main_icd10_is_one_code
-- A main diagnosis of more than five characters is two codes in one field.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: main_icd10_code
-- threshold: 0.001
-- means: Persons with such a code are matched on its first part only
-- what_to_do: deliver the second part (tilstand_1_2) in a column of its own
-- source: register-facts 1.3 and 1.4; the threshold is our choice

select length(main_icd10_code) > 5 as is_broken
from stg_npr__contacts
where broken_rule is null and main_icd10_code is not null
