-- check_debitor_letters_end_in_2009
-- Letter codes of the debitor belong to the old code list; from 2010 on they are odd.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: debitor_code
-- threshold: 0
-- means: An old code in a late year may stand for the treatment, and is not read as it
-- what_to_do: ask NPR which code list the year follows
-- source: register-facts 1.1 (the year is approximate there)

select regexp_full_match(debitor_code, '[A-Z]{2}') as is_broken
from stg_npr__contacts
where broken_rule is null and start_date >= date '2010-01-01' and debitor_code is not null
