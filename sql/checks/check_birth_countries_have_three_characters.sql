-- check_birth_countries_have_three_characters
-- Countries of birth that are neither three digits nor three letters.
-- family: conformance
-- severity: warning
-- table: stg_ssb__persons
-- column: birth_country
-- threshold: 0
-- means: born in Norway cannot be told from born abroad
-- what_to_do: ask SSB which code list the column follows
-- source: our choice

select not regexp_full_match(birth_country, '\d{3}|[A-Z]{3}') as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and birth_country is not null
