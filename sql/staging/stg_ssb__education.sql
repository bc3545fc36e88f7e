-- stg_ssb__education
-- One row per delivered education status, typed; status is as of 1 October of `year`.
-- A NUS2000 code that lost its leading zeros gets them back. `broken_rule` is null when
-- the row can be used.
-- grain: file_index, row_number
-- source: contract 1 (education); register-facts 3.1

with

education as (
    select * from raw_ssb__education
),

typed as (
    select
        file_index,
        row_number,
        ssb_id,
        -- The date of a change counts from the first status day after it, 1 October.
        try_cast(if("year" like '____-__-__', "year", null) as date) as change_date,
        case
            when change_date is not null
                then year(change_date) + if(strftime(change_date, '%m%d') > '1001', 1, 0)
            when "year" like '____-__'
                then try_cast("year"[1:4] as integer) + if("year"[6:7] > '10', 1, 0)
            else try_cast(regexp_replace("year", '[.,]0+$', '') as integer)
        end as status_year,
        -- Not lpad, which would cut a code that is too long and let it pass.
        regexp_replace(nus2000_code, '\.0+$', '') as nus2000_text,
        repeat('0', 6 - length(nus2000_text)) || nus2000_text as nus2000_code
    from education
),

judged as (
    select
        *,
        case
            when ssb_id is null
                then {'rule': 'missing_key', 'column': 'ssb_id'}
            when status_year is null or status_year not between 1900 and 2100
                then {'rule': 'invalid_number', 'column': 'year'}
            when nus2000_code is not null and not regexp_full_match(nus2000_code, '\d{6}')
                then {'rule': 'unknown_code', 'column': 'nus2000_code'}
        end as broken
    from typed
),

final as (
    select
        file_index,
        row_number,
        ssb_id,
        status_year,
        nus2000_code,
        substr(nus2000_code, 1, 1) as education_level_code,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
