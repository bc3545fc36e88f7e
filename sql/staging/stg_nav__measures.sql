-- stg_nav__measures
-- One row per delivered NAV measure, typed, with half-open dates [start_date, until_date);
-- an empty last day means ongoing at the last day covered. `broken_rule` is null when the
-- row can be used.
-- grain: file_index, row_number
-- params: benefits_last_date
-- source: contract 1 (nav_measure)

with

delivered as (
    select * from raw_nav__measures
),

typed as (
    select
        file_index,
        row_number,
        nav_id,
        measure_code,
        start_date as start_text,
        end_date as end_text,
        if(start_date like '____-__-__', try_cast(start_date as date), null) as start_date,
        if(end_date like '____-__-__', try_cast(end_date as date), null) as end_date,
        provider_id
    from delivered
),

judged as (
    select
        *,
        case
            when nav_id is null
                then {'rule': 'missing_key', 'column': 'nav_id'}
            when measure_code is null
                then {'rule': 'missing_key', 'column': 'measure_code'}
            when start_text is null
                then {'rule': 'missing_date', 'column': 'start_date'}
            when start_text like '____-__'
                then {'rule': 'month_only', 'column': 'start_date'}
            when
                start_date is null
                or year(start_date) not between 1900 and 2100
                then {'rule': 'invalid_date', 'column': 'start_date'}
            when end_text like '____-__'
                then {'rule': 'month_only', 'column': 'end_date'}
            when
                end_text is not null
                and (
                    end_date is null
                    or year(end_date) not between 1900 and 2100
                )
                then {'rule': 'invalid_date', 'column': 'end_date'}
            when end_date < start_date
                then {'rule': 'end_before_start', 'column': 'end_date'}
        end as broken
    from typed
),

final as (
    select
        file_index,
        row_number,
        nav_id,
        measure_code,
        start_date,
        coalesce(end_date, $benefits_last_date) + 1 as until_date,
        provider_id,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
