-- check_main_icd10_has_its_shape
-- A main diagnosis is a letter, two digits and at most two more characters. Codes of two parts
-- have a check of their own.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: main_icd10_code
-- threshold: 0.001
-- means: The person matches nobody with the same illness, or strangers with the same nonsense
-- what_to_do: look at the codes; a text such as 'dupli' stands for codes in other columns
-- source: register-facts 1.3 and 1.4; the threshold is our choice

select not regexp_full_match(main_icd10_code, '[A-Z][0-9]{2}[A-Z0-9]{0,2}') as is_broken
from stg_npr__contacts
where broken_rule is null and length(main_icd10_code) <= 5
