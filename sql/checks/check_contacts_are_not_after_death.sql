-- check_contacts_are_not_after_death
-- At most one in a thousand linked contacts of a sector and year lies after the person's
-- death. A cell is a sector and a year.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contact_counts
-- column: npr_id, start_date
-- threshold: 0
-- means: A key may belong to another person, and so do the days after treatment
-- what_to_do: compare the keys with the link file; ask the linkage unit
-- source: register-facts 8.2; the limit is our choice

with

counts as (
    select * from stg_npr__contact_counts
),

final as (
    select
        sector || ' ' || year(start_month) as place,
        sum(n_after_death) > 0.001 * sum(n_contacts) as is_broken
    from counts
    where link_state = 'linked'
    group by place
)

select * from final
