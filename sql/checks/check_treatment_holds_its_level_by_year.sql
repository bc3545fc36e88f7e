-- check_treatment_holds_its_level_by_year
-- Expected are as many treatment contacts in a year as in the year before, or as in the mean of
-- the two years before if that is less. A year is low when it has under four fifths of that and
-- lies more than four standard deviations of a count under it. Only years that are wholly covered
-- are judged, with 50 or more expected. It finds a fall where months hold too few contacts to
-- tell. A cell is a sector and a year.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contact_counts
-- column: debitor_code, start_date
-- threshold: 0
-- means: treated persons without the code stand among the controls, and the effect is drawn
--   towards nothing
-- what_to_do: compare the trusts and read what they say of their coding; drop the year and compare
-- source: register-facts 0 (coding fell in 2018); the limits are our choice

with

counts as (
    select * from stg_npr__contact_counts
),

years as (
    select unnest(
        range(
            year(cast($contacts_first_date as date) - 1) + 1,
            year(cast($contacts_last_date as date) + 1)
        )
    ) as contact_year
),

sectors as (
    select distinct sector
    from counts
    where list_contains($debitor_codes, debitor_code)
),

yearly as (
    select
        sectors.sector,
        years.contact_year,
        coalesce(sum(counts.n_contacts), 0) as n_contacts
    from sectors
    cross join years
    left join counts
        on
            sectors.sector = counts.sector
            and years.contact_year = year(counts.start_month)
            and list_contains($debitor_codes, counts.debitor_code)
    group by all
),

compared as (
    select
        *,
        least(
            lag(n_contacts) over by_year,
            avg(n_contacts) over (by_year rows between 2 preceding and 1 preceding)
        ) as n_expected
    from yearly
    window by_year as (partition by sector order by contact_year)
),

final as (
    select
        sector || ' ' || contact_year as place,
        n_contacts < least(0.8 * n_expected, n_expected - 4 * sqrt(n_expected)) as is_broken
    from compared
    where n_expected >= 50
)

select * from final
