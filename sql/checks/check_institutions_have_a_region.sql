-- check_institutions_have_a_region
-- Institutions of the table have a region (rhf).
-- family: completeness
-- severity: warning
-- table: stg_npr__institutions
-- column: rhf_code
-- threshold: 0.05
-- means: Falls in coding at one region cannot be seen
-- what_to_do: complete the institution table
-- source: register-facts 1.7; the threshold is our choice

select rhf_code is null or rhf_code = '' as is_broken
from stg_npr__institutions
where broken_rule is null
