-- check_benefits_are_linked
-- Rows of benefit spells whose person is not in the link file, or leads to nobody among SSB's
-- persons: they are in no estimate.
-- family: completeness
-- severity: error
-- table: stg_nav__benefit_spells
-- column: nav_id
-- threshold: 0.1
-- means: A lost benefit spell is read as days without a benefit
-- what_to_do: compare the keys with the link file: letter case, leading zeros, one odd year
-- source: our choice

with

delivered as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

linked as (
    select links.nav_id
    from links
    inner join persons on links.ssb_id = persons.ssb_id
    where links.nav_id is not null
),

final as (
    select
        file_index,
        row_number,
        nav_id not in (select linked.nav_id from linked) as is_broken,
        'not_linked' as rule_name
    from delivered
)

select * from final
