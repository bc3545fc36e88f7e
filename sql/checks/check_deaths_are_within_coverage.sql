-- check_deaths_are_within_coverage
-- Deaths more than a year after the last day covered by contacts and benefits.
-- family: plausibility
-- severity: warning
-- table: stg_ssb__persons
-- column: death_date
-- threshold: 0.05
-- params: contacts_last_date, benefits_last_date
-- means: default dates such as 2099-12-31 stand for alive, or the delivery covers more than it says
-- what_to_do: ask SSB whether a default date stands for alive
-- source: our choice

select death_date > greatest($contacts_last_date, $benefits_last_date) + 365 as is_broken
from stg_ssb__persons
where
    broken_rule is null
    and death_date is not null
