-- check_institution_table_has_orgnr
-- Institutions of the table are named by an organisation number: nine digits.
-- family: conformance
-- severity: warning
-- table: stg_npr__institutions
-- column: institution_id
-- threshold: 0
-- means: Contacts cannot be told by trust, so that a fall of coding at one trust is not seen
-- what_to_do: use the organisation number (orgnr) as key
-- source: register-facts 1.3

select not regexp_full_match(institution_id, '[0-9]{9}') as is_broken
from stg_npr__institutions
where broken_rule is null
