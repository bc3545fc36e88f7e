-- core_sick_leave_spells
-- One row per spell of sick leave (tilfelle) of a person, over all jobs together.
-- grain: person_id, start_date
-- params: sick_pay_counts_employer_period
-- source: register-facts 2.4 and 2.5. What is one spell and its employer's days:
--   core_sick_leave_pieces; the right and its end: core_sick_leave_rights
-- calendar_days: from the first day to the last; sick_leave_days: those with sick leave.
-- grade_path: grades in their order, with days of each; is_graded: one of them below 100.
-- start_diagnosis_code: of the rows that begin the spell, the one delivered with the earliest
-- start (our choice; then the first code in the alphabet).
-- Known limit: where the employer's days are not delivered, a spell begins up to 16 days late, so
-- the gap before it looks up to 16 days longer than it was: spells are split, and rights are
-- new, that would not be with those days.
-- days_before_time: days that the spell is older than the cut at person-time.
-- employer_days: of the first 16 days of absence, those in the register. benefit_days: Mondays
-- to Fridays with sick leave after them.

with

pieces as (
    select * from core_sick_leave_pieces
),

rights as (
    select * from core_sick_leave_rights
),

with_previous as (
    select
        *,
        lag(sick_leave_grade) over (
            partition by person_id, spell_number order by start_date
        ) as previous_grade
    from pieces
),

numbered as (
    select
        *,
        sum(if(sick_leave_grade = previous_grade, 0, 1)) over (
            partition by person_id, spell_number
            order by start_date
            rows between unbounded preceding and current row
        ) as run_number
    from with_previous
),

runs as (
    select
        person_id,
        spell_number,
        run_number,
        sick_leave_grade,
        min(start_date) as start_date,
        max(until_date) as until_date,
        cast(sum(until_date - start_date) as integer) as days,
        min(start_diagnosis_code) as start_diagnosis_code,
        min(days_before_time) as days_before_time,
        sum(employer_days) as employer_days,
        sum(benefit_days) as benefit_days
    from numbered
    group by person_id, spell_number, run_number, sick_leave_grade
),

spells as (
    select
        person_id,
        spell_number,
        min(start_date) as start_date,
        max(until_date) as until_date,
        cast(sum(days) as integer) as sick_leave_days,
        -- Sorted after, which takes two thirds of the time of a list that is made in order.
        list_sort(
            list({'run': run_number, 'grade': sick_leave_grade, 'days': days})
        ) as numbered_path,
        list_transform(
            numbered_path, lambda x: {'grade': x.grade, 'days': x.days}
        ) as grade_path,
        bool_or(sick_leave_grade < 100) as is_graded,
        min(start_diagnosis_code) as start_diagnosis_code,
        min(days_before_time) as days_before_time,
        cast(sum(employer_days) as integer) as employer_days,
        cast(sum(benefit_days) as integer) as benefit_days
    from runs
    group by person_id, spell_number
),

final as (
    select
        spells.person_id,
        spells.start_date,
        spells.until_date,
        spells.until_date - spells.start_date as calendar_days,
        spells.sick_leave_days,
        spells.grade_path,
        spells.is_graded,
        spells.start_diagnosis_code,
        spells.days_before_time,
        $sick_pay_counts_employer_period as includes_employer_period,
        spells.employer_days,
        spells.benefit_days,
        rights.is_new_right,
        rights.benefit_days_in_right,
        rights.reaches_248_date,
        rights.reaches_52_weeks_date
    from spells
    inner join rights
        on spells.person_id = rights.person_id and spells.spell_number = rights.spell_number
)

select * from final
