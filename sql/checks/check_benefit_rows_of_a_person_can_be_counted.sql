-- check_benefit_rows_of_a_person_can_be_counted
-- Benefits with a key that stands in more than 10,000 rows: a key that is no person, such as a
-- code for unknown.
-- family: plausibility
-- severity: error
-- table: stg_nav__benefit_spells
-- column: nav_id
-- threshold: 0
-- means: Many persons' days become one person's; core_benefit_stretches counts rows up to 262,143
-- what_to_do: ask NAV what the key stands for; leave its rows out
-- source: our choice (a row a week for a working life is below 3,000)

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

keys as (
    select
        benefit_code,
        nav_id,
        count(*) as n_rows
    from spells
    group by benefit_code, nav_id
),

final as (
    select
        benefit_code as place,
        max(n_rows) > 10000 as is_broken
    from keys
    group by benefit_code
)

select * from final
