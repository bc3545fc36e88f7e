-- check_link_keys_differ
-- A row of the link file holds three different keys: each register has numbers of its own, so
-- equal ones mean that a column was copied or filled in by mistake.
-- family: conformance
-- severity: warning
-- table: stg_link__persons
-- column: npr_id, nav_id, ssb_id
-- threshold: 0.001
-- means: One register's key stands in the column of another, and persons meet strangers' days
-- what_to_do: compare the columns of the link file with what the linkage unit says
-- source: register-facts 3.3; the threshold is our choice

select npr_id = ssb_id or npr_id = nav_id as is_broken
from stg_link__persons
where broken_rule is null
