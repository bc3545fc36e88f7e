-- check_benefits_are_known
-- Spells whose benefit is outside the code list; they stand in quarantine. Lines that a file holds
-- beside its benefit ('-') are not meant.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: benefit_code
-- threshold: 0
-- lists: [A-Z0-9]{1,4}
-- means: days with these benefits are read as days without a benefit
-- what_to_do: ask NAV what the codes mean; map them under `codes` in delivery.toml
-- source: register-facts 2.4

select benefit_code not in (select benefit_code from codelist_benefits) as is_broken
from stg_nav__benefit_spells
where
    benefit_code is not null
    and benefit_code <> '-'
