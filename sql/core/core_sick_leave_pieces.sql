-- core_sick_leave_pieces
-- One row per stretch of sick leave with one grade, with the spell (tilfelle) it belongs to.
-- grain: person_id, start_date
-- params: sick_leave_gap_days, sick_pay_counts_employer_period
-- source: register-facts 2.5: an absence less than 16 days after another goes on with its
--   employer period (folketrygdloven 8-19), and the first 16 days of absence are the employer's
-- Stretches that touch are one spell, and stretches with fewer than sick_leave_gap_days
-- between them. days_before: days with sick leave in the spell before this stretch.
-- days_before_time: days that the first rows of the spell are older than the cut at
-- person-time (the register's first day, or a return); they count as absence (our choice).
-- employer_days: of the stretch, days within the first 16 with sick leave of the spell; none
-- where the delivery begins after the employer period. benefit_days: Mondays to Fridays after
-- those. Public holidays are paid, and count.

with

intervals as (
    select * from core_benefit_intervals
),

spells as (
    select * from core_benefit_spells
),

benefits as (
    select *
    from codelist_benefits
    where is_sick_leave = 'true'
),

with_previous as (
    select
        person_id,
        start_date,
        until_date,
        sick_leave_grade,
        lag(until_date) over (
            partition by person_id order by start_date
        ) as previous_until_date
    from intervals
    where sick_leave_grade is not null
),

numbered as (
    select
        *,
        sum(
            if(
                start_date - previous_until_date < greatest($sick_leave_gap_days, 1),
                0,
                1
            )
        ) over (
            partition by person_id
            order by start_date
            rows between unbounded preceding and current row
        ) as spell_number
    from with_previous
),

begun as (
    select
        spells.person_id,
        spells.start_date,
        max(spells.start_date - spells.delivered_start_date) as days_before_time,
        min(
            if(
                spells.diagnosis_code is null,
                null,
                {'date': spells.delivered_start_date, 'code': spells.diagnosis_code}
            )
        ) as first_diagnosis
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    group by spells.person_id, spells.start_date
),

placed as (
    select
        numbered.person_id,
        numbered.spell_number,
        numbered.start_date,
        numbered.until_date,
        numbered.sick_leave_grade,
        sum(numbered.until_date - numbered.start_date) over stretches
        - (numbered.until_date - numbered.start_date) as days_before,
        first_value(begun.days_before_time) over stretches as days_before_time,
        first_value(begun.first_diagnosis.code) over stretches as start_diagnosis_code
    from numbered
    left join begun
        on
            numbered.person_id = begun.person_id
            and numbered.start_date = begun.start_date
    window
        stretches as (
            partition by numbered.person_id, numbered.spell_number
            order by numbered.start_date
            rows between unbounded preceding and current row
        )
),

shared as (
    select
        *,
        if(
            $sick_pay_counts_employer_period,
            least(
                greatest(16 - days_before_time - days_before, 0),
                until_date - start_date
            ),
            0
        ) as employer_days
    from placed
),

-- Mondays to Fridays before a date, counted from a Monday.
counted as (
    select
        *,
        start_date + cast(employer_days as integer) - date '1900-01-01' as first_day,
        until_date - date '1900-01-01' as last_day
    from shared
),

final as (
    select
        person_id,
        start_date,
        until_date,
        cast(spell_number as integer) as spell_number,
        sick_leave_grade,
        cast(days_before as integer) as days_before,
        cast(days_before_time as integer) as days_before_time,
        start_diagnosis_code,
        cast(employer_days as integer) as employer_days,
        start_date + cast(employer_days as integer) as benefit_start_date,
        cast(
            last_day // 7 * 5 + least(last_day % 7, 5)
            - first_day // 7 * 5 - least(first_day % 7, 5)
            as integer
        ) as benefit_days
    from counted
)

select * from final
