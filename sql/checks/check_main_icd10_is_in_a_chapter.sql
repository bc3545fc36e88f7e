-- check_main_icd10_is_in_a_chapter
-- The first three characters of a main diagnosis lie in a chapter of the Norwegian ICD-10.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: main_icd10_code
-- threshold: 0.001
-- means: A diagnosis that does not exist has no like among the controls
-- what_to_do: ask NPR; it may be another code system (ICPC-2, or a local code)
-- source: register-facts 4; the threshold is our choice

select
    substr(main_icd10_code, 1, 3) not in (
        select chr(cast(letters.letter as integer)) || lpad(cast(numbers.number as varchar), 2, '0')
        from
            codelist_icd10_chapters as chapters,
            range(65, 91) as letters (letter),
            range(100) as numbers (number)
        where
            chr(cast(letters.letter as integer)) || lpad(cast(numbers.number as varchar), 2, '0')
            between chapters.first_code and chapters.last_code
    ) as is_broken
from stg_npr__contacts
where broken_rule is null and main_icd10_code is not null
