-- stg_npr__persons
-- One row per delivered person of NPR's own file, typed: sex, birth and death as the National
-- Population Register had them on the day NPR asked. `broken_rule` is null when the row can be
-- used.
-- A date of which only the month is known counts as its first day.
-- grain: file_index, row_number
-- source: register-facts 1.2, 1.4 and 8 (npr_person)

with

persons as (
    select * from raw_npr__persons
),

sexes as (
    select *
    from codelist_sexes
    where is_known = 'true'
),

typed as (
    select
        file_index,
        row_number,
        npr_id,
        ltrim(regexp_replace(sex_code, '\.0+$', ''), '0') as sex_text,
        birth_year as birth_year_text,
        try_cast(regexp_replace(birth_year, '\.0+$', '') as integer) as birth_year,
        try_cast(regexp_replace(birth_month, '\.0+$', '') as integer) as birth_month,
        death_date as death_text,
        emigration_date as emigration_text,
        case
            when death_date like '____-__-__' then try_cast(death_date as date)
            when death_date like '____-__' then try_cast(death_date || '-01' as date)
        end as death_date,
        case
            when emigration_date like '____-__-__' then try_cast(emigration_date as date)
            when emigration_date like '____-__' then try_cast(emigration_date || '-01' as date)
        end as emigration_date
    from persons
),

judged as (
    select
        *,
        case
            when npr_id is null
                then {'rule': 'missing_key', 'column': 'npr_id'}
            when
                birth_year_text is not null
                and (birth_year is null or birth_year not between 1850 and 2100)
                then {'rule': 'invalid_number', 'column': 'birth_year'}
            when
                death_text is not null
                and (death_date is null or year(death_date) not between 1900 and 2100)
                then {'rule': 'invalid_date', 'column': 'death_date'}
            when
                emigration_text is not null
                and (emigration_date is null or year(emigration_date) not between 1900 and 2100)
                then {'rule': 'invalid_date', 'column': 'emigration_date'}
        end as broken
    from typed
),

final as (
    select
        judged.file_index,
        judged.row_number,
        judged.npr_id,
        sexes.sex_code,
        judged.birth_year,
        judged.birth_month,
        judged.death_date,
        judged.emigration_date,
        judged.broken.rule as broken_rule,
        judged.broken.column as broken_column
    from judged
    left join sexes on judged.sex_text = sexes.sex_code
)

select * from final
