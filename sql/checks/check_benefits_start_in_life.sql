-- check_benefits_start_in_life
-- Benefits that start after the death of the person, by benefit and year: more than one in a
-- hundred.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: start_date
-- threshold: 0
-- means: persons are linked to the benefits of others, or deaths are wrong
-- what_to_do: compare the link file with the death dates; ask the linkage unit
-- source: our choice

with

counts as (
    select *
    from stg_nav__benefit_counts
    where link_state = 'linked'
),

final as (
    select
        benefit_code || ' ' || year(start_month) as place,
        sum(n_after_death) > 0.01 * sum(n_spells) as is_broken
    from counts
    group by benefit_code, year(start_month)
    having sum(n_spells) >= 50
)

select * from final
