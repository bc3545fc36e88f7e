-- stg_nav__employment
-- One row per delivered employment spell, typed, with half-open dates [start_date, until_date);
-- an empty last day means ongoing at the last day covered. `broken_rule` is null when the
-- row can be used.
-- grain: file_index, row_number
-- params: benefits_last_date
-- source: contract 1 (employment)

with

delivered as (
    select * from raw_nav__employment
),

typed as (
    select
        file_index,
        row_number,
        ssb_id,
        employer_id,
        start_date as start_text,
        end_date as end_text,
        if(start_date like '____-__-__', try_cast(start_date as date), null) as start_date,
        if(end_date like '____-__-__', try_cast(end_date as date), null) as end_date,
        try_cast(replace(position_percent, ',', '.') as double) as position_percent
    from delivered
),

judged as (
    select
        *,
        case
            when ssb_id is null
                then {'rule': 'missing_key', 'column': 'ssb_id'}
            when employer_id is null
                then {'rule': 'missing_key', 'column': 'employer_id'}
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
        ssb_id,
        employer_id,
        start_date,
        coalesce(end_date, $benefits_last_date) + 1 as until_date,
        position_percent,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
