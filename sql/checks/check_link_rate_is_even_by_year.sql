-- check_link_rate_is_even_by_year
-- The linked share of the contacts of a year is not more than five percentage points under that of
-- all other contacts.
-- Cells of fewer than 50 contacts are not judged. A cell is a year.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: npr_id, start_date
-- threshold: 0
-- means: Persons of one year are lost, and the effect is that of the others
-- what_to_do: compare the keys of the year with the link file
-- source: our choice

with

counts as (
    select * from stg_npr__contact_counts
),

links as (
    select * from stg_link__persons
),

rates as (
    select
        cast(year(start_month) as varchar) as place,
        sum(n_contacts) as n_contacts,
        coalesce(sum(n_contacts) filter (where link_state = 'linked'), 0) as n_linked
    from counts
    where exists (select 1 from links)
    group by place
),

compared as (
    select
        *,
        sum(n_contacts) over () - n_contacts as n_other,
        sum(n_linked) over () - n_linked as n_other_linked
    from rates
),

final as (
    select
        place,
        n_linked / n_contacts < n_other_linked / nullif(n_other, 0) - 0.05 as is_broken
    from compared
    where n_contacts >= 50
)

select * from final
