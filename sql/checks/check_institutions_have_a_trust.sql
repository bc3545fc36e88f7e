-- check_institutions_have_a_trust
-- Institutions of the table have a trust (hf).
-- family: completeness
-- severity: warning
-- table: stg_npr__institutions
-- column: hf_code
-- threshold: 0.05
-- means: Falls in coding at one trust cannot be seen
-- what_to_do: complete the institution table
-- source: register-facts 1.7; the threshold is our choice

select hf_code is null or hf_code = '' as is_broken
from stg_npr__institutions
where broken_rule is null
