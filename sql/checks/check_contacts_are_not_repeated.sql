-- check_contacts_are_not_repeated
-- Contacts alike in person, sector, day, institution and main diagnosis.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: npr_id, start_date
-- threshold: 0.02
-- means: Contacts count twice; a file delivered twice doubles every count of contacts
-- what_to_do: see whether two files overlap; compare with NPR's own counts
-- source: our choice

-- Alike is told by a hash of 64 bits: among 20 million contacts it errs once in 100,000
-- deliveries, and compares numbers instead of texts.

with

contacts as (
    select
        file_index,
        row_number,
        hash(npr_id, sector, start_date, institution_id, main_icd10_code) as likeness
    from stg_npr__contacts
    where broken_rule is null
),

repeated as (
    select likeness
    from contacts
    group by likeness
    having count(*) > 1
),

final as (
    select
        file_index,
        row_number,
        likeness in (select repeated.likeness from repeated) as is_broken
    from contacts
)

select * from final
