-- stg_npr__institutions
-- One row per delivered institution. `broken_rule` is null when the row can be used.
-- grain: file_index, row_number
-- source: contract 1 (institution)

with

institutions as (
    select * from raw_npr__institutions
),

judged as (
    select
        *,
        case
            when institution_id is null
                then {'rule': 'missing_key', 'column': 'institution_id'}
        end as broken
    from institutions
),

final as (
    select
        file_index,
        row_number,
        institution_id,
        hf_code,
        rhf_code,
        "name" as institution_name,
        service_code,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
