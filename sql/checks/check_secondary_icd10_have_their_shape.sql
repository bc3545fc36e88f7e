-- check_secondary_icd10_have_their_shape
-- Each of the other diagnoses is a letter, two digits and at most two more characters.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: secondary_icd10_codes
-- threshold: 0.01
-- means: A main diagnosis from chapter Z gives way to the first other code; if that is nonsense,
--   the match is
-- what_to_do: look at the codes and at the columns that were joined
-- source: register-facts 1.3 and 1.4; the threshold is our choice

select
    not regexp_full_match(
        secondary_icd10_codes, '([A-Z][0-9]{2}[A-Z0-9]{0,2}\|*)*'
    ) as is_broken
from stg_npr__contacts
where broken_rule is null and secondary_icd10_codes is not null
