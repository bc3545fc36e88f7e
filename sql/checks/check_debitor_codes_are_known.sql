-- check_debitor_codes_are_known
-- Debitor codes outside the code list: kept, and never a treatment by mistake.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: debitor_code
-- threshold: 0
-- lists: [A-Z0-9]{1,3}
-- means: If an unknown code stands for the treatment, treated persons are among the controls
-- what_to_do: ask NPR what the codes mean; add them to sql/codelists/debitors.csv
-- source: register-facts 1.1

select debitor_code not in (select debitor_code from codelist_debitors) as is_broken
from stg_npr__contacts
where broken_rule is null
