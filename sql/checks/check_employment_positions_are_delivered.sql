-- check_employment_positions_are_delivered
-- Jobs without a position.
-- family: completeness
-- severity: warning
-- table: stg_nav__employment
-- column: position_percent
-- threshold: 0.1
-- means: absence cannot be weighed by position
-- what_to_do: ask NAV for positions
-- source: our choice

select position_percent is null as is_broken
from stg_nav__employment
where broken_rule is null
