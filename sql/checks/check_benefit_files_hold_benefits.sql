-- check_benefit_files_hold_benefits
-- Lines of files of benefits that the file's family holds for something else, such as job
-- seekers without attføringspenger in f_arbsok: they are set aside under `other_content`.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: benefit_code
-- threshold: 0.9
-- means: the codes that make a line a benefit may be written otherwise here, and days with a
--   benefit are lost
-- what_to_do: compare the number of persons by year with NAV's published one, and look at the
--   codes in restricted/quarantine.parquet
-- source: register-facts 2.2; the threshold is our choice

select broken_rule = 'other_content' as is_broken
from stg_nav__benefit_spells
where broken_rule is null or broken_rule = 'other_content'
