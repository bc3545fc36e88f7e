-- check_treatment_is_after_the_first_washout
-- Treatment contacts so soon after the first register date that their washout begins before
-- the register: left truncation.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: start_date
-- threshold: 0.2
-- means: Some of the treated look new and are not; the effect on them is of a later treatment
-- what_to_do: set index.left_truncation = "drop" in the study and compare, or get earlier years
-- source: register-facts 1.6; the threshold is our choice

select start_date < $contacts_first_date + cast($washout_days as integer) as is_broken
from stg_npr__contacts
where broken_rule is null and list_contains($debitor_codes, debitor_code)
