-- check_contacts_end_within_coverage
-- Contacts that end after the last day the delivery says it covers.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: end_date
-- threshold: 0.001
-- means: The register reaches further than the delivery says, or dates are wrong; windows that
--   could be seen are taken for uncovered
-- what_to_do: correct last_date in delivery.toml, or ask NPR how the file was cut
-- source: our choice

select end_date > $contacts_last_date as is_broken
from stg_npr__contacts
where broken_rule is null
