-- check_links_have_a_nav_key
-- Rows of the link file without NAV's key, when it is delivered at all.
-- family: completeness
-- severity: warning
-- table: stg_link__persons
-- column: nav_id
-- threshold: 0.5
-- means: Benefits of these persons are read as none
-- what_to_do: ask the linkage unit whether no key means no benefit, or no link
-- source: our choice

select nav_id is null as is_broken
from stg_link__persons
where
    broken_rule is null
    and exists (
        select 1 from stg_link__persons as delivered
        where delivered.nav_id is not null
    )
