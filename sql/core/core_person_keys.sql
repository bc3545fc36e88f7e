-- core_person_keys
-- One row per person known to NPR or to the link file, with the project's own dense
-- person_id. Everything after this table and core_persons uses person_id only.
-- grain: person_id
-- params: seed
-- `random_order` breaks ties in matching: it depends on the seed and the pseudonym, so it
-- is the same whatever the order of files and rows, and whoever else is in the delivery.

with

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

contacts as (
    select distinct npr_id
    from stg_npr__contacts
    where broken_rule is null
),

keys as (
    select
        npr_id,
        nav_id,
        ssb_id
    from links
    union all
    select
        npr_id,
        null as nav_id,
        null as ssb_id
    from contacts
    where npr_id not in (select links.npr_id from links)
),

ordered as (
    select
        npr_id,
        nav_id,
        ssb_id,
        md5_number_upper(concat($seed, '|', coalesce(ssb_id, npr_id))) as random_order
    from keys
),

final as (
    select
        row_number() over (order by random_order, npr_id) as person_id,
        npr_id,
        nav_id,
        ssb_id,
        random_order
    from ordered
)

select * from final
