-- core_calendar
-- One row per date from 1990 to 2040, with how many weekdays (Monday to Friday), working
-- days (weekdays that are no public holiday) and first days of a month come before it.
-- grain: calendar_date
-- What a stretch [a, b) holds is the count before b less the count before a, so that no row
-- a day is needed. Counts begin on 1990-01-01; the years are our choice, wide enough for
-- every study of the registers.
-- source: register-facts 2.4 (a day's work: Monday to Friday less holidays)

with

holidays as (
    select cast(date as date) as holiday
    from codelist_public_holidays
),

dates as (
    select cast(unnest(range(date '1990-01-01', date '2041-01-01', interval 1 day)) as date)
        as calendar_date
),

marked as (
    select
        dates.calendar_date,
        isodow(dates.calendar_date) < 6 as is_weekday,
        isodow(dates.calendar_date) < 6 and holidays.holiday is null as is_working_day,
        day(dates.calendar_date) = 1 as is_first_of_month
    from dates
    left join holidays on dates.calendar_date = holidays.holiday
),

final as (
    select
        calendar_date,
        cast(sum(cast(is_weekday as integer)) over before_it as integer) as weekdays_before,
        cast(sum(cast(is_working_day as integer)) over before_it as integer)
            as working_days_before,
        cast(sum(cast(is_first_of_month as integer)) over before_it as integer) as months_before
    from marked
    window before_it as (
        order by calendar_date rows between unbounded preceding and 1 preceding
    )
)

select
    calendar_date,
    coalesce(weekdays_before, 0) as weekdays_before,
    coalesce(working_days_before, 0) as working_days_before,
    coalesce(months_before, 0) as months_before
from final
