-- stg_ssb__persons
-- One row per delivered person, typed. `broken_rule` is null when the row can be used.
-- A date of which only the month is known counts as its first day.
-- A sex that is neither man nor woman in the code list is kept as unknown (null).
-- grain: file_index, row_number
-- source: contract 1 (person); register-facts 1.4 and 3.2

with

persons as (
    select * from raw_ssb__persons
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
        ssb_id,
        ltrim(regexp_replace(sex_code, '\.0+$', ''), '0') as sex_text,
        birth_year as birth_year_text,
        regexp_replace(birth_year, '\.0+$', '') as birth_year_digits,
        regexp_replace(birth_month, '\.0+$', '') as birth_month_digits,
        -- Year and month may stand together, as 197504.
        try_cast(
            if(birth_year_digits like '______', birth_year_digits[1:4], birth_year_digits)
            as integer
        ) as birth_year,
        try_cast(
            if(birth_month_digits like '______', birth_month_digits[5:6], birth_month_digits)
            as integer
        ) as birth_month,
        death_date as death_text,
        emigration_date as emigration_text,
        immigration_date as immigration_text,
        regexp_replace(upper(trim(birth_country)), '\.0+$', '') as country_text,
        upper(trim(immigration_category)) as immigration_category,
        case
            when death_date like '____-__-__' then try_cast(death_date as date)
            when death_date like '____-__' then try_cast(death_date || '-01' as date)
        end as death_date,
        case
            when emigration_date like '____-__-__' then try_cast(emigration_date as date)
            when emigration_date like '____-__' then try_cast(emigration_date || '-01' as date)
        end as emigration_date,
        case
            when immigration_date like '____-__-__' then try_cast(immigration_date as date)
            when immigration_date like '____-__' then try_cast(immigration_date || '-01' as date)
        end as immigration_date
    from persons
),

judged as (
    select
        *,
        case
            when ssb_id is null
                then {'rule': 'missing_key', 'column': 'ssb_id'}
            when birth_year is null or birth_year not between 1850 and 2100
                then {'rule': 'invalid_number', 'column': 'birth_year'}
            when
                death_text is not null
                and (
                    death_date is null
                    or year(death_date) not between 1900 and 2100
                )
                then {'rule': 'invalid_date', 'column': 'death_date'}
            when
                emigration_text is not null
                and (
                    emigration_date is null
                    or year(emigration_date) not between 1900 and 2100
                )
                then {'rule': 'invalid_date', 'column': 'emigration_date'}
            when
                immigration_text is not null
                and (
                    immigration_date is null
                    or year(immigration_date) not between 1900 and 2100
                )
                then {'rule': 'invalid_date', 'column': 'immigration_date'}
        end as broken
    from typed
),

final as (
    select
        judged.file_index,
        judged.row_number,
        judged.ssb_id,
        sexes.sex_code,
        judged.birth_year,
        judged.birth_month,
        judged.death_date,
        judged.emigration_date,
        judged.immigration_date,
        -- Country codes lose their zeros like other numbers; letters (ISO) stay as they are.
        if(
            regexp_full_match(judged.country_text, '\d+'),
            repeat('0', 3 - length(judged.country_text)) || judged.country_text,
            nullif(judged.country_text, '')
        ) as birth_country,
        nullif(judged.immigration_category, '') as immigration_category,
        judged.broken.rule as broken_rule,
        judged.broken.column as broken_column
    from judged
    left join sexes on judged.sex_text = sexes.sex_code
)

select * from final
