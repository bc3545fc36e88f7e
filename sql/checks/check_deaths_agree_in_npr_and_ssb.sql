-- check_deaths_agree_in_npr_and_ssb
-- A linked person who is dead in NPR's person file is dead with SSB, within 31 days; months
-- count as their first day.
-- family: plausibility
-- severity: warning
-- table: stg_npr__persons
-- column: death_date
-- threshold: 0.02
-- means: The dead are followed as if they lived, without benefits
-- what_to_do: ask the linkage unit whether the keys were mixed up, and for whom
-- source: register-facts 1.2 and 1.4 (NPRId_reg 2 and 3); the threshold is our choice

with

npr_persons as (
    select *
    from stg_npr__persons
    where broken_rule is null
),

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

ssb_persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

final as (
    select
        npr_persons.file_index,
        npr_persons.row_number,
        ssb_persons.death_date is null
        or abs(date_diff('day', ssb_persons.death_date, npr_persons.death_date)) > 31 as is_broken
    from npr_persons
    inner join links on npr_persons.npr_id = links.npr_id
    inner join ssb_persons on links.ssb_id = ssb_persons.ssb_id
    where
        npr_persons.death_date is not null
        and npr_persons.death_date <= least($contacts_last_date, $benefits_last_date)
)

select * from final
