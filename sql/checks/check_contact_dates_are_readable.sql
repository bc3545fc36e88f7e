-- check_contact_dates_are_readable
-- Contacts delivered without a date that can be read; they are in quarantine.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: start_date, end_date
-- threshold: 0.001
-- means: Lost contacts: a treated person may stand as a control, or be missing
-- what_to_do: look at the rows in restricted/quarantine.parquet; where a file has its own way to
--   write dates, say it in its entry, such as date_format = "%d/%m/%Y"
-- source: register-facts 7; the threshold is our choice

select broken_rule in ('missing_date', 'invalid_date', 'month_only') as is_broken
from stg_npr__contacts
where broken_rule is null or broken_rule in ('missing_date', 'invalid_date', 'month_only')
