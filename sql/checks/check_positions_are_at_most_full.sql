-- check_positions_are_at_most_full
-- Shares of a full position over 100 per cent in one job.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: position_percent
-- threshold: 0.01
-- means: positions are on another scale; days weighed by position would be too many
-- what_to_do: ask NAV what the column holds
-- source: our choice

select position_percent > 100 as is_broken
from stg_nav__benefit_spells
where
    broken_rule is null
    and position_percent is not null
