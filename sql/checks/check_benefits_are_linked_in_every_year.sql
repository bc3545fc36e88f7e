-- check_benefits_are_linked_in_every_year
-- Share of spells whose person is linked to SSB, by benefit and year: under 90 per cent, or ten
-- points under that of the benefit in all years.
-- family: completeness
-- severity: warning
-- table: stg_nav__benefit_counts
-- column: nav_id
-- threshold: 0
-- means: benefits of that year are lost for many persons and read as days without a benefit
-- what_to_do: compare keys with the link file: letter case, leading zeros, another key
-- source: our choice

with

counts as (
    select * from stg_nav__benefit_counts
),

links as (
    select nav_id
    from stg_link__persons
    where broken_rule is null and nav_id is not null
    limit 1
),

years as (
    select
        counts.benefit_code,
        year(counts.start_month) as start_year,
        sum(counts.n_spells) as n_spells,
        sum(if(counts.link_state = 'linked', counts.n_spells, 0)) as n_linked
    from counts
    cross join links
    group by all
),

beside as (
    select
        *,
        sum(n_linked) over (partition by benefit_code)
        / sum(n_spells) over (partition by benefit_code) as share_of_benefit
    from years
),

final as (
    select
        benefit_code || ' ' || start_year as place,
        n_linked < 0.9 * n_spells or n_linked < (share_of_benefit - 0.1) * n_spells as is_broken
    from beside
    where n_spells >= 50
)

select * from final
