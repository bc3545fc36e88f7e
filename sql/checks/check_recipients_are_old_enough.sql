-- check_recipients_are_old_enough
-- Benefits of persons younger than the benefit allows, by benefit and year: more than one in a
-- hundred.
-- family: plausibility
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: nav_id, birth_year
-- threshold: 0
-- means: persons are linked to the benefits of others, or birth years are wrong
-- what_to_do: compare the link file with the birth years; ask the linkage unit
-- source: sql/codelists/benefits.csv; the share: our choice

with

counts as (
    select *
    from stg_nav__benefit_counts
    where link_state = 'linked'
),

final as (
    select
        benefit_code || ' ' || year(start_month) as place,
        sum(n_too_young) > 0.01 * sum(n_spells) as is_broken
    from counts
    group by benefit_code, year(start_month)
    having sum(n_spells) >= 50
)

select * from final
