-- check_treatment_is_coded_every_year
-- A sector has treatment contacts in each year of the coverage whose neighbouring years have
-- 50 or more on the average. A cell is a sector and a year.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: debitor_code, start_date
-- threshold: 0
-- means: Treated persons without the code stand among the controls, and the effect is drawn
--   towards nothing
-- what_to_do: ask NPR whether the year was delivered with the debitor
-- source: our choice

with

counts as (
    select * from stg_npr__contact_counts
),

years as (
    select unnest(
        range(
            year(cast($contacts_first_date as date)),
            year(cast($contacts_last_date as date)) + 1
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
            and list_contains($debitor_codes, counts.debitor_code)
    group by all
),

compared as (
    select
        *,
        (
            sum(n_contacts) over beside - n_contacts
        ) / (count(*) over beside - 1) as n_expected
    from yearly
    window beside as (
        partition by sector order by contact_year
        rows between 1 preceding and 1 following
    )
),

final as (
    select
        sector || ' ' || contact_year as place,
        n_contacts = 0 as is_broken
    from compared
    where n_expected >= 50
)

select * from final
