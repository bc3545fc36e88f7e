-- check_link_status_is_given
-- Contacts without npr_link_status_code, when the column is delivered at all.
-- family: completeness
-- severity: warning
-- table: stg_npr__contacts
-- column: npr_link_status_code
-- threshold: 0.02
-- means: Rows without a usable person key cannot be told from others
-- what_to_do: see which file and year lacks it, and ask NPR for it
-- source: our choice

select npr_link_status_code is null or npr_link_status_code = '' as is_broken
from stg_npr__contacts
where
    broken_rule is null
    and exists (
        select 1 from stg_npr__contacts as delivered
        where delivered.npr_link_status_code is not null
    )
