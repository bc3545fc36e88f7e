-- stg_ssb__residence
-- One row per delivered place of residence, typed. `broken_rule` is null when the row can
-- be used.
-- grain: file_index, row_number
-- source: contract 1 (residence)

with

residence as (
    select * from raw_ssb__residence
),

typed as (
    select
        file_index,
        row_number,
        ssb_id,
        try_cast(regexp_replace("year", '\.0+$', '') as integer) as status_year,
        -- Not lpad, which would cut a code that is too long and let it pass.
        regexp_replace(municipality_code, '\.0+$', '') as municipality_text,
        repeat('0', 4 - length(municipality_text)) || municipality_text as municipality_code
    from residence
),

judged as (
    select
        *,
        case
            when ssb_id is null
                then {'rule': 'missing_key', 'column': 'ssb_id'}
            when status_year is null or status_year not between 1900 and 2100
                then {'rule': 'invalid_number', 'column': 'year'}
            when not regexp_full_match(municipality_code, '\d{4}')
                then {'rule': 'unknown_code', 'column': 'municipality_code'}
        end as broken
    from typed
),

final as (
    select
        file_index,
        row_number,
        ssb_id,
        status_year,
        municipality_code,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
