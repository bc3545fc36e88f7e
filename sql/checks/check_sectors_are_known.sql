-- check_sectors_are_known
-- Contacts whose sector is outside the code list; they stand in quarantine.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: sector
-- threshold: 0
-- lists: [A-Z0-9]{1,3}
-- means: the contacts are in no estimate: treated persons and controls of that sector are missing
-- what_to_do: ask NPR what the codes mean; map them under `codes` in delivery.toml
-- source: seed-facts 3.2

select sector not in (select sector_code from codelist_sectors) as is_broken
from stg_npr__contacts
where sector is not null
