-- check_link_is_one_to_one
-- Each key stands in one row of the link file: a person linked twice would count twice.
-- family: conformance
-- severity: contract
-- table: stg_link__persons
-- column: npr_id, nav_id, ssb_id
-- threshold: 0
-- means: A person would count twice, with the days of another
-- what_to_do: ask the linkage unit for one row per person
-- source: our choice

with

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

counted as (
    select
        file_index,
        row_number,
        count(*) over (partition by npr_id) as npr_count,
        count(*) over (partition by ssb_id) as ssb_count,
        if(nav_id is null, 1, count(*) over (partition by nav_id)) as nav_count
    from links
),

final as (
    select
        file_index,
        row_number,
        greatest(npr_count, ssb_count, nav_count) > 1 as is_broken,
        'duplicate_key' as rule_name,
        case
            when npr_count > 1 then 'npr_id'
            when ssb_count > 1 then 'ssb_id'
            else 'nav_id'
        end as column_name
    from counted
)

select * from final
