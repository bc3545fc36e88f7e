-- mart_window_outcomes
-- One row per person in the match pool, with what the windows before and after the index
-- date hold.
-- grain: is_treated, sector, person_id
-- params: before_days, after_days, sick_leave_benefit_codes, health_benefit_codes,
--   counts_public_holidays_off
-- before = [index_date - before_days, index_date), after = [index_date, index_date +
-- after_days). For both windows, as <name>_before and <name>_after:
-- sick_leave_days, health_benefit_days: calendar days with a benefit of the study's lists; a
--   day counts once, however many benefits are in force (union, never a sum).
-- sick_leave_dagsverk: weekdays (Monday to Friday, less public holidays where the study says
--   so) x grade x position. sick_leave_months, health_benefit_months: first days of a month
--   with such a benefit, for registers that know months alone; so the month of the index date
--   counts before, unless that is its first day.
-- graded_days: days with a sick-leave grade below 100. spells_started: sick-leave spells, but not
--   those that the register or a return from abroad cuts. These and dagsverk are of sick pay.
-- sp_days ... ut_days: days with each benefit.
-- The calendar is a list, not joined, for the reason given in mart_event_time.
-- source: register-facts 2.4 (dagsverk), 2.2 (months)

with

calendar as (
    select
        min(calendar_date) - 1 as day_nought,
        list(months_before order by calendar_date) as months_before,
        list(
            if($counts_public_holidays_off, working_days_before, weekdays_before)
            order by calendar_date
        ) as days_before
    from core_calendar
),

masks as (
    select
        cast(sum(cast(benefit_bit as integer)) filter (
            where list_contains($sick_leave_benefit_codes, benefit_code)
        ) as integer) as sick_leave,
        cast(sum(cast(benefit_bit as integer)) filter (
            where list_contains($health_benefit_codes, benefit_code)
        ) as integer) as health_benefit,
        map(list(benefit_code), list(cast(benefit_bit as integer))) as bits
    from codelist_benefits
),

windows as (
    select
        is_treated,
        sector,
        person_id,
        unnest([  -- noqa: AL03
            {
                'is_after': false,
                'window_start': index_date - $before_days,
                'window_until': index_date
            },
            {
                'is_after': true,
                'window_start': index_date,
                'window_until': index_date + $after_days
            }
        ], recursive := true)
    from mart_match_pool
),

clipped as (
    select
        windows.is_treated,
        windows.sector,
        windows.person_id,
        windows.is_after,
        intervals.* exclude (person_id, start_date, until_date),
        greatest(intervals.start_date, windows.window_start) as start_date,
        least(intervals.until_date, windows.window_until) as until_date
    from windows
    left join core_benefit_intervals as intervals
        on
            windows.person_id = intervals.person_id
            and windows.window_until > intervals.start_date
            and windows.window_start < intervals.until_date
),

measured as (
    select
        clipped.is_treated,
        clipped.sector,
        clipped.person_id,
        clipped.is_after,
        clipped.start_date - calendar.day_nought as from_day,
        clipped.until_date - calendar.day_nought as until_day,
        clipped.until_date - clipped.start_date as days,
        calendar.months_before[until_day] - calendar.months_before[from_day] as months,
        clipped.benefit_set & masks.sick_leave > 0 as is_sick_leave,
        clipped.benefit_set & masks.health_benefit > 0 as is_health_benefit,
        if(is_sick_leave, days, 0) as sick_leave_days,
        if(is_health_benefit, days, 0) as health_benefit_days,
        -- Whole parts of a day, so that no sum depends on the number of threads.
        cast(round(clipped.sick_leave_fraction * 100000000) as bigint)
        * (calendar.days_before[until_day] - calendar.days_before[from_day]) as sick_leave_dagsverk,
        if(is_sick_leave, months, 0) as sick_leave_months,
        if(is_health_benefit, months, 0) as health_benefit_months,
        if(clipped.sick_leave_grade < 100, days, 0) as graded_days,
        0 as spells_started,
        if(clipped.benefit_set & masks.bits['SP'] > 0, days, 0) as sp_days,
        if(clipped.benefit_set & masks.bits['RP'] > 0, days, 0) as rp_days,
        if(clipped.benefit_set & masks.bits['AF'] > 0, days, 0) as af_days,
        if(clipped.benefit_set & masks.bits['TU'] > 0, days, 0) as tu_days,
        if(clipped.benefit_set & masks.bits['AAP'] > 0, days, 0) as aap_days,
        if(clipped.benefit_set & masks.bits['UFP'] > 0, days, 0) as ufp_days,
        if(clipped.benefit_set & masks.bits['UT'] > 0, days, 0) as ut_days
    from clipped
    cross join masks
    cross join calendar
    union all by name
    select
        windows.* exclude (window_start, window_until),
        1 as spells_started
    from windows
    inner join core_sick_leave_spells as spells
        on
            windows.person_id = spells.person_id
            and windows.window_start <= spells.start_date
            and windows.window_until > spells.start_date
    where spells.days_before_time = 0
),

final as (
    select
        is_treated,
        sector,
        person_id,
        -- Each of these columns twice, once a window.
        cast(coalesce(
            sum(columns('_days$|_months$|^spells_started$')) filter (where not is_after), 0
        ) as integer) as '\0_before',  -- noqa: RF05
        cast(coalesce(
            sum(columns('_days$|_months$|^spells_started$')) filter (where is_after), 0
        ) as integer) as '\0_after',  -- noqa: RF05
        coalesce(sum(sick_leave_dagsverk) filter (where not is_after), 0) / 100000000
            as sick_leave_dagsverk_before,
        coalesce(sum(sick_leave_dagsverk) filter (where is_after), 0) / 100000000
            as sick_leave_dagsverk_after
    from measured
    group by is_treated, sector, person_id
)

select * from final
