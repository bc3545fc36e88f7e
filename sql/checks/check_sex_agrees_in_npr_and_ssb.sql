-- check_sex_agrees_in_npr_and_ssb
-- A linked person has the same sex in NPR's person file as with SSB, where both know it.
-- family: plausibility
-- severity: warning
-- table: stg_npr__persons
-- column: sex_code
-- threshold: 0.005
-- means: Persons are linked to the benefits of others
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
        npr_persons.sex_code <> ssb_persons.sex_code as is_broken
    from npr_persons
    inner join links on npr_persons.npr_id = links.npr_id
    inner join ssb_persons on links.ssb_id = ssb_persons.ssb_id
    where
        npr_persons.sex_code is not null
        and ssb_persons.sex_code is not null
)

select * from final
