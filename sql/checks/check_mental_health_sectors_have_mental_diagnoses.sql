-- check_mental_health_sectors_have_mental_diagnoses
-- Contacts of mental health care and substance use treatment whose main diagnosis is from
-- another chapter than F.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: sector, main_icd10_code
-- threshold: 0.5
-- means: A file may stand under the wrong sector, and its patients are compared with strangers
-- what_to_do: compare the file with its sector in delivery.toml
-- source: register-facts 1.2 and 4; the threshold is our choice

select
    substr(main_icd10_code, 1, 1) not in (
        select chapter_letter
        from codelist_sector_chapters
    ) as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and main_icd10_code is not null
    and sector in (
        select sector_code
        from codelist_sector_chapters
        where is_usual = 'true'
    )
