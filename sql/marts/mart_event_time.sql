-- mart_event_time
-- One row per person in a matched set and event-time period, with what the period holds.
-- grain: matched_set_id, person_id, event_time
-- params: period_days, first_event_time, last_event_time, sick_leave_benefit_codes,
--   health_benefit_codes, counts_public_holidays_off
-- Period t is [index_date + t * period_days, index_date + (t + 1) * period_days). Values are
-- null when the period is not observed whole: the person dead, abroad, or the register not
-- reaching it. A day with several benefits counts once; dagsverk are weekdays (Monday to
-- Friday, less public holidays where the study says so) x grade x position.
-- One pass: an interval is spread over the periods it touches, and no others; a period that
-- none touches comes of the touched one before it, so that no grid is joined; each person's
-- first period has a row of noughts to begin from. Sums are of whole numbers held as double:
-- exact, the same for any number of threads, and quicker than sums of integers. What does not
-- change by period (sector, arm, weight) stays in mart_matched_sets: to write it anew in every
-- row took a third of the time. The calendar
-- is one list: joined, it stops DuckDB 2.0 ("dict-surviving cache", an internal error).
-- source: register-facts 2.4 (dagsverk)

with

calendar as (
    select
        min(calendar_date) - 1 as day_nought,
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
        ) as integer) as health_benefit
    from codelist_benefits
),

-- A person who left and came back has two stretches, nobody has more.
observed as (
    select
        person_id,
        min(start_date) as first_start_date,
        min(until_date) as first_until_date,
        max(start_date) as last_start_date,
        max(until_date) as last_until_date
    from core_person_time
    group by person_id
),

units as materialized (
    select
        sets.matched_set_id, sets.person_id, sets.index_date,
        row_number() over (order by sets.matched_set_id, sets.person_id) as unit_number,
        ceil((observed.first_start_date - sets.index_date) / $period_days) as first_from,
        floor((observed.first_until_date - sets.index_date) / $period_days) as first_until,
        ceil((observed.last_start_date - sets.index_date) / $period_days) as last_from,
        floor((observed.last_until_date - sets.index_date) / $period_days) as last_until
    from mart_matched_sets as sets
    left join observed on sets.person_id = observed.person_id
),

spread as (
    select
        units.unit_number,
        units.index_date,
        intervals.*,
        unnest(range(
            cast(greatest(
                floor((intervals.start_date - units.index_date) / $period_days),
                $first_event_time
            ) as integer),
            cast(least(
                ceil((intervals.until_date - units.index_date) / $period_days),
                $last_event_time + 1
            ) as integer)
        )) as event_time
    from units
    inner join core_benefit_intervals as intervals on units.person_id = intervals.person_id
),

measured as (
    select
        -- One number for person and period: grouping by one column takes half the time.
        spread.unit_number * 100000 + spread.event_time - $first_event_time as cell,
        greatest(
            spread.start_date,
            spread.index_date + cast(spread.event_time * $period_days as integer)
        ) - calendar.day_nought as from_day,
        least(
            spread.until_date,
            spread.index_date + cast((spread.event_time + 1) * $period_days as integer)
        ) - calendar.day_nought as until_day,
        cast(until_day - from_day as double) as days,
        if(spread.benefit_set & masks.sick_leave > 0, days, 0) as sick_leave_days,
        if(spread.benefit_set & masks.health_benefit > 0, days, 0) as health_benefit_days,
        round(spread.sick_leave_fraction * 100000000)
        * (calendar.days_before[until_day] - calendar.days_before[from_day]) as parts
    from spread
    cross join masks cross join calendar
    union all by name
    select unit_number * 100000 as cell
    from units
),

touched as (
    select
        cell // 100000 as unit_number,
        cell % 100000 + $first_event_time as first_event_time,
        coalesce(
            lead(cell) over (partition by cell // 100000 order by cell) % 100000 - 1
            + $first_event_time,
            $last_event_time
        ) as last_event_time,
        cast(coalesce(sum(sick_leave_days), 0) as integer) as sick_leave_days,
        cast(coalesce(sum(health_benefit_days), 0) as integer) as health_benefit_days,
        coalesce(sum(parts), 0) / 100000000 as sick_leave_dagsverk
    from measured
    group by cell
),

filled as (
    select
        units.* exclude (unit_number),
        touched.* exclude (unit_number),
        cast(unnest(range(first_event_time, last_event_time + 1)) as integer) as event_time
    from touched
    inner join units on touched.unit_number = units.unit_number
),

final as (
    select
        matched_set_id, person_id, event_time,
        -- 1, 0 where no benefit touches the period, null where it is not observed whole.
        case
            when
                event_time >= first_from and event_time < first_until
                or event_time >= last_from and event_time < last_until
                then if(event_time = first_event_time, 1, 0)
        end as factor,
        sick_leave_days * factor as sick_leave_days,
        health_benefit_days * factor as health_benefit_days,
        sick_leave_dagsverk * factor as sick_leave_dagsverk
    from filled
)

select * exclude (factor) from final
