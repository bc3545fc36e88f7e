-- check_contacts_within_coverage
-- Contacts that start outside the period the delivery says it covers.
-- params: contacts_first_date, contacts_last_date
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: start_date
-- threshold: 0
-- means: Days outside the coverage may be read as days without contacts for others
-- what_to_do: correct first_date and last_date in delivery.toml, or the file
-- source: our choice

select start_date not between $contacts_first_date and $contacts_last_date as is_broken
from stg_npr__contacts
where broken_rule is null
