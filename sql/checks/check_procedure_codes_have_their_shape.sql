-- check_procedure_codes_have_their_shape
-- A procedure code is three or four letters and two or three digits or letters: five or six
-- characters.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: procedure_codes
-- threshold: 0.05
-- means: Work-directed procedures may go unseen, and with them treated persons without the code
-- what_to_do: look at the codes and at the columns that were joined
-- source: register-facts 1.5 (examples); the shape and the threshold are our choice

select
    not regexp_full_match(
        upper(procedure_codes), '(\s*[A-ZÆØÅ]{2,4}[A-Z0-9]{1,3}[0-9]\s*\|*)*'
    ) as is_broken
from stg_npr__contacts
where broken_rule is null and procedure_codes is not null
