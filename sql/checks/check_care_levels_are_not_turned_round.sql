-- check_care_levels_are_not_turned_round
-- Inpatient stays mostly have nights and outpatient contacts mostly have none; the other way
-- round the care levels are read in the opposite order. A cell is a sector with 20 contacts of
-- each kind.
-- family: plausibility
-- severity: error
-- table: stg_npr__contact_counts
-- column: care_level_code
-- threshold: 0
-- means: Stays are compared as outpatient contacts: every comparison in two sectors is wrong
-- what_to_do: ask which code list the care levels follow; map the codes under `codes` in
--   delivery.toml
-- source: register-facts 1.4 (trap); the limits are our choice

with

counts as (
    select * from stg_npr__contact_counts
),

care_levels as (
    select * from codelist_care_levels
),

kinds as (
    select
        counts.sector,
        care_levels.has_nights = 'true' as has_nights,
        sum(counts.n_contacts) as n_contacts,
        sum(counts.n_zero_nights) / sum(counts.n_contacts) as zero_share
    from counts
    inner join care_levels on counts.care_level_code = care_levels.care_level_code
    where care_levels.has_nights = 'true' or care_levels.is_outpatient = 'true'
    group by all
),

final as (
    select
        sector as place,
        max(zero_share) filter (where has_nights) > 0.5
        and max(zero_share) filter (where not has_nights) < 0.5 as is_broken
    from kinds
    where n_contacts >= 20
    group by sector
    having count(*) = 2
)

select * from final
