-- check_institution_is_given
-- Contacts without institution_id, when the column is delivered at all.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: institution_id
-- threshold: 0.02
-- means: Falls in coding at one trust cannot be seen
-- what_to_do: see which file and year lacks it, and ask NPR for it
-- source: our choice

select institution_id is null or institution_id = '' as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and exists (
        select 1 from stg_npr__contacts as delivered
        where delivered.institution_id is not null
    )
