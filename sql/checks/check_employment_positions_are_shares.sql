-- check_employment_positions_are_shares
-- Positions of zero, below it or over 100 per cent in one job.
-- family: conformance
-- severity: warning
-- table: stg_nav__employment
-- column: position_percent
-- threshold: 0.01
-- means: positions are on another scale
-- what_to_do: ask NAV what the column holds: per cent, hours or a share
-- source: our choice

select position_percent <= 0 or position_percent > 100 as is_broken
from stg_nav__employment
where
    broken_rule is null
    and position_percent is not null
