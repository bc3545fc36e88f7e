-- check_link_statuses_are_known
-- Statuses of NPR's own linkage outside the code list.
-- family: conformance
-- severity: warning
-- table: stg_npr__contacts
-- column: npr_link_status_code
-- threshold: 0
-- lists: [A-Z0-9]{1,2}
-- means: An unknown status counts as a usable person key; if it is not, strangers are in the
--   study
-- what_to_do: ask NPR what the codes mean; add them to sql/codelists/npr_link_statuses.csv
-- source: register-facts 1.4

select
    npr_link_status_code not in (
        select npr_link_status_code
        from codelist_npr_link_statuses
    ) as is_broken
from stg_npr__contacts
where broken_rule is null
