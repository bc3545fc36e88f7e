-- core_sick_leave_rights
-- One row per spell of sick leave (tilfelle), with the right to sick pay that it draws on.
-- grain: person_id, spell_number
-- params: sick_pay_counts_employer_period
-- source: register-facts 2.5 (folketrygdloven 8-12: 248 benefit days in three years, about 52
--   weeks with the employer's days)
-- is_new_right: see core_sick_leave_new_rights.
-- benefit_days_in_right: benefit days of this spell and of earlier ones of the same right,
-- without days more than three years before this spell (our choice: the law looks back from each
-- day of it). reaches_248_date: the day in this spell on which they are 248.
-- reaches_52_weeks_date: the day on which the spell has had 364 days with sick leave, among them
-- the employer's and those before person-time. Both are null when not reached in this spell. What
-- the register does not reach back to is not counted.

with

pieces as (
    select * from core_sick_leave_pieces
),

rights as (
    select
        *,
        start_date - interval 3 years as oldest_date,
        sum(if(is_new_right, 1, 0)) over (
            partition by person_id
            order by spell_number
            rows between unbounded preceding and current row
        ) as right_number
    from core_sick_leave_new_rights
),

earlier as (
    select
        rights.person_id,
        rights.spell_number,
        pieces.until_date - date '1900-01-01' as last_day,
        greatest(pieces.benefit_start_date, cast(rights.oldest_date as date))
        - date '1900-01-01' as first_day
    from rights
    inner join rights as others
        on
            rights.person_id = others.person_id
            and rights.right_number = others.right_number
            and rights.spell_number > others.spell_number
    inner join pieces
        on
            others.person_id = pieces.person_id
            and others.spell_number = pieces.spell_number
            and rights.oldest_date < pieces.until_date
),

-- Mondays to Fridays before a date, counted from a Monday.
used as (
    select
        person_id,
        spell_number,
        cast(
            sum(
                last_day // 7 * 5 + least(last_day % 7, 5)
                - first_day // 7 * 5 - least(first_day % 7, 5)
            ) as integer
        ) as used_days
    from earlier
    group by person_id, spell_number
),

counted as (
    select
        pieces.*,
        coalesce(used.used_days, 0) as used_days,
        364 - pieces.days_before_time - if($sick_pay_counts_employer_period, 0, 16)
        - pieces.days_before as days_to_52_weeks,
        248 - coalesce(used.used_days, 0) - sum(pieces.benefit_days) over (
            partition by pieces.person_id, pieces.spell_number
            order by pieces.start_date
            rows between unbounded preceding and current row
        ) + pieces.benefit_days as days_to_248,
        pieces.benefit_start_date - date '1900-01-01' as first_day
    from pieces
    left join used
        on
            pieces.person_id = used.person_id
            and pieces.spell_number = used.spell_number
),

-- The number of the last weekday of the right, counted from a Monday, tells its date.
reached as (
    select
        person_id,
        spell_number,
        max(used_days) as used_days,
        max(start_date + cast(days_to_52_weeks - 1 as integer)) filter (
            where days_to_52_weeks between 1 and until_date - start_date
        ) as reaches_52_weeks_date,
        max(first_day // 7 * 5 + least(first_day % 7, 5) + days_to_248 - 1) filter (
            where days_to_248 between 1 and benefit_days
        ) as weekday_number
    from counted
    group by person_id, spell_number
),

final as (
    select
        rights.person_id,
        rights.spell_number,
        rights.is_new_right,
        reached.used_days + rights.benefit_days as benefit_days_in_right,
        date '1900-01-01'
        + cast(reached.weekday_number // 5 * 7 + reached.weekday_number % 5 as integer)
            as reaches_248_date,
        reached.reaches_52_weeks_date
    from rights
    inner join reached
        on
            rights.person_id = reached.person_id
            and rights.spell_number = reached.spell_number
)

select * from final
