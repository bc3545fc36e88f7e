-- check_contacts_hold_their_level_by_year
-- Contacts of a sector in a year are between two thirds and one and a half times those of the
-- year before. Only years that are wholly covered, and sectors with 100 contacts in one of the
-- two years, are judged. A cell is a sector and a year.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contact_counts
-- column: start_date
-- threshold: 0
-- means: A sudden shift of volume is a change of what is delivered, and moves who is compared
-- what_to_do: see what changed: a file, a coding rule, a reorganisation
-- source: our choice

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
    select distinct sector from counts
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
    group by all
),

compared as (
    select
        *,
        lag(n_contacts) over (partition by sector order by contact_year) as n_before
    from yearly
),

final as (
    select
        sector || ' ' || contact_year as place,
        n_contacts * 3 < n_before * 2 or n_contacts * 2 > n_before * 3 as is_broken
    from compared
    where greatest(n_contacts, n_before) >= 100 and n_before is not null
)

select * from final
