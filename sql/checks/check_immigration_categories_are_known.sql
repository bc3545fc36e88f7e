-- check_immigration_categories_are_known
-- Immigration categories outside the code list.
-- family: conformance
-- severity: warning
-- table: stg_ssb__persons
-- column: immigration_category
-- threshold: 0
-- lists: [A-Z0-9]{1,2}
-- means: groups by immigration are wrong
-- what_to_do: ask SSB what the codes mean; add them to immigration_categories.csv
-- source: register-facts 3.2

select
    immigration_category
    not in (select immigration_category from codelist_immigration_categories) as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and immigration_category is not null
