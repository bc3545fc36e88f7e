-- mart_link_violations
-- One row per key space (npr, nav, ssb): keys of the link file, and those that stand in more
-- than one of its rows, so that the link is not one-to-one.
-- grain: key_space
-- A row without a NAV key is ordinary and counts in neither; a key twice counts as one key.

with

links as (
    select * from stg_link__persons
    where broken_rule is null
),

spaces as (
    select unnest(['npr', 'nav', 'ssb']) as key_space
),

keys as (
    select 'npr' as key_space, npr_id as key, count(*) as n_rows
    from links
    group by all
    union all
    select 'nav' as key_space, nav_id as key, count(*) as n_rows
    from links
    where nav_id is not null
    group by all
    union all
    select 'ssb' as key_space, ssb_id as key, count(*) as n_rows
    from links
    group by all
),

final as (
    select
        spaces.key_space,
        cast(coalesce(sum(keys.n_rows), 0) as bigint) as n_link_rows,
        count(keys.key) as n_keys,
        count(keys.key) filter (where keys.n_rows > 1) as n_keys_repeated,
        cast(coalesce(sum(if(keys.n_rows > 1, keys.n_rows, 0)), 0) as bigint) as n_rows_repeated
    from spaces
    left join keys on spaces.key_space = keys.key_space
    group by spaces.key_space
)

select * from final
