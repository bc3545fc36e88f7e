-- stg_nav__benefit_spells
-- One row per delivered benefit spell, typed, with half-open dates [start_date, until_date):
-- the delivered last day is inclusive, an empty one means ongoing at the last day covered.
-- `broken_rule` is null when the row can be used.
-- grain: file_index, row_number
-- params: benefits_last_date; benefits_by_month: the delivery gives months (yyyy-mm), and a
-- spell holds the whole of its first and last month, also where some lines have dates.
-- source: contract 1 (nav_benefit); register-facts 2.4

with

spells as (
    select * from raw_nav__benefit_spells
),

benefits as (
    select * from codelist_benefits
),

typed as (
    select
        file_index,
        row_number,
        nav_id,
        upper(benefit_code) as benefit_code,
        start_date as start_text,
        end_date as end_text,
        case
            when start_date like '____-__-__' then try_cast(start_date as date)
            when $benefits_by_month and start_date like '____-__'
                then try_cast(start_date || '-01' as date)
        end as start_date,
        case
            when end_date like '____-__-__' then try_cast(end_date as date)
            when $benefits_by_month and end_date like '____-__'
                then last_day(try_cast(end_date || '-01' as date))
        end as end_date,
        grade_percent as grade_text,
        coalesce(
            try_cast(replace(grade_percent, ',', '.') as double),
            case when grade_percent is null then 100 end
        ) as grade_percent,
        job_id,
        position_percent as position_text,
        try_cast(replace(position_percent, ',', '.') as double) as position_percent,
        upper(diagnosis_code) as diagnosis_code,
        diagnosis_system
    from spells
),

judged as (
    select
        *,
        case
            -- A family of files may hold lines that are no benefit of this kind.
            when benefit_code = '-'
                then {'rule': 'other_content', 'column': 'benefit_code'}
            when nav_id is null
                then {'rule': 'missing_key', 'column': 'nav_id'}
            when
                benefit_code is null
                or benefit_code not in (select benefits.benefit_code from benefits)
                then {'rule': 'unknown_code', 'column': 'benefit_code'}
            when start_text is null
                then {'rule': 'missing_date', 'column': 'start_date'}
            when start_text like '____-__' and not $benefits_by_month
                then {'rule': 'month_only', 'column': 'start_date'}
            when
                start_date is null
                or year(start_date) not between 1900 and 2100
                then {'rule': 'invalid_date', 'column': 'start_date'}
            when end_text like '____-__' and not $benefits_by_month
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
            when grade_percent is null or grade_percent not between 1 and 100
                then {'rule': 'invalid_number', 'column': 'grade_percent'}
            when
                position_text is not null
                and (
                    position_percent is null
                    or position_percent < 0
                    or not isfinite(position_percent)
                )
                then {'rule': 'invalid_number', 'column': 'position_percent'}
        end as broken
    from typed
),

final as (
    select
        file_index,
        row_number,
        nav_id,
        benefit_code,
        if(
            $benefits_by_month, cast(date_trunc('month', start_date) as date), start_date
        ) as start_date,
        coalesce(
            if($benefits_by_month, last_day(end_date), end_date), $benefits_last_date
        ) + 1 as until_date,
        end_date is null as is_ongoing,
        grade_percent,
        job_id,
        position_percent,
        diagnosis_code,
        diagnosis_system,
        broken.rule as broken_rule,
        broken.column as broken_column
    from judged
)

select * from final
