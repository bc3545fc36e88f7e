-- check_municipalities_are_known
-- Municipality codes that are neither in the list of 2020 (which has 9999 for unspecified) nor in
-- that of changes since 1988.
-- family: conformance
-- severity: warning
-- table: stg_ssb__residence
-- column: municipality_code
-- threshold: 0.01
-- lists: [0-9]{4}
-- means: these persons cannot be followed through mergers, and are in no group by place
-- what_to_do: ask SSB what the codes mean; abroad and unknown are usual
-- source: register-facts 3.5; the threshold is our choice

select
    municipality_code not in (select municipality_code from codelist_municipalities)
    and municipality_code not in (select old_code from codelist_municipality_changes)
    and municipality_code not in (select new_code from codelist_municipality_changes) as is_broken
from stg_ssb__residence
where municipality_code is not null
