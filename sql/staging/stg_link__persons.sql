-- stg_link__persons
-- One row per delivered link between the keys of NPR, NAV and SSB. NAV's key may be empty:
-- not everybody has a benefit. `broken_rule` is null when the row can be used.
-- grain: file_index, row_number
-- source: contract 1 (link); register-facts 3.3

with

links as (
    select * from raw_link__persons
),

judged as (
    select
        *,
        case
            when npr_id is null
                then {'rule': 'missing_key', 'column': 'npr_id'}
            when ssb_id is null
                then {'rule': 'missing_key', 'column': 'ssb_id'}
        end as broken
    from links
),

final as (
    select
        file_index,
        row_number,
        npr_id,
        nav_id,
        ssb_id,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
