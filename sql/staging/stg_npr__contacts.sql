-- stg_npr__contacts
-- One row per delivered contact, typed. `broken_rule` is null when the row can be used;
-- a broken row goes to quarantine and no further.
-- grain: file_index, row_number
-- Codes arrive as 20, 020, " 20" or 20.0 in different years: surrounding space, leading
-- zeros and a zero decimal part are dropped. ICD-10 arrives with dots, commas, blanks and
-- lower case: only letters and digits are kept, in upper case.
-- source: register-facts 1.1, 1.3 and 1.4

with

contacts as (
    select * from raw_npr__contacts
),

sectors as (
    select * from codelist_sectors
),

typed as (
    select
        file_index,
        row_number,
        npr_id,
        upper(sector) as sector,
        -- Most codes are clean, and looking is cheaper than replacing.
        if(
            contains(care_level_code, '.') is not true,
            ltrim(care_level_code, '0'),
            ltrim(regexp_replace(care_level_code, '\.0+$', ''), '0')
        ) as care_level_code,
        if(
            contains(contact_type_code, '.') is not true,
            ltrim(contact_type_code, '0'),
            ltrim(regexp_replace(contact_type_code, '\.0+$', ''), '0')
        ) as contact_type_code,
        start_date as start_text,
        end_date as end_text,
        if(start_date like '____-__-__', try_cast(start_date as date), null) as start_date,
        if(end_date like '____-__-__', try_cast(end_date as date), null) as end_date,
        if(
            contains(debitor_code, '.') is not true,
            ltrim(upper(debitor_code), '0'),
            ltrim(upper(regexp_replace(debitor_code, '\.0+$', '')), '0')
        ) as debitor_code,
        if(
            regexp_full_match(main_icd10_code, '[A-Z0-9]+'),
            main_icd10_code,
            nullif(regexp_replace(upper(main_icd10_code), '[^A-Z0-9]', '', 'g'), '')
        ) as main_icd10_code,
        if(
            regexp_full_match(secondary_icd10_codes, '[A-Z0-9|]+'),
            secondary_icd10_codes,
            nullif(regexp_replace(upper(secondary_icd10_codes), '[^A-Z0-9|]', '', 'g'), '')
        ) as secondary_icd10_codes,
        procedure_codes,
        institution_id,
        if(
            contains(npr_link_status_code, '.') is not true,
            ltrim(npr_link_status_code, '0'),
            ltrim(regexp_replace(npr_link_status_code, '\.0+$', ''), '0')
        ) as npr_link_status_code
    from contacts
),

judged as (
    select
        *,
        case
            when npr_id is null
                then {'rule': 'missing_key', 'column': 'npr_id'}
            when sector is null or sector not in (select sector_code from sectors)
                then {'rule': 'unknown_code', 'column': 'sector'}
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
        npr_id,
        sector,
        care_level_code,
        contact_type_code,
        start_date,
        coalesce(end_date, start_date) as end_date,
        debitor_code,
        main_icd10_code,
        secondary_icd10_codes,
        procedure_codes,
        institution_id,
        npr_link_status_code,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
