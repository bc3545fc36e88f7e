-- core_person_time
-- One row per stretch of days [start_date, until_date) in which the registers can know the
-- benefits of a person. Every count of days and every outcome keeps within it.
-- grain: person_id, start_date
-- params: benefits_first_date, benefits_last_date
-- source: our choice
-- A stretch lies between the register's first and last day. It ends on the day of death and
-- on the first day abroad (neither is counted), and begins on the day of immigration.
-- Immigration after emigration is a return: the person was away in between and resident
-- otherwise, two stretches. Of who came and left on one day the order is unknown, and no time is
-- theirs. Nothing is known of a person without a row at SSB, who has the
-- whole register.

with

persons as (
    select
        *,
        coalesce(immigration_date > emigration_date, false) as has_returned
    from core_persons
),

stretches as (
    select
        person_id,
        death_date,
        if(has_returned, null, immigration_date) as start_date,
        emigration_date as until_date
    from persons
    union all
    select
        person_id,
        death_date,
        immigration_date as start_date,
        null as until_date
    from persons
    where has_returned
),

-- greatest and least pass over what is null.
final as (
    select
        person_id,
        greatest($benefits_first_date, start_date) as start_date,
        least($benefits_last_date + 1, until_date, death_date) as until_date
    from stretches
    where
        greatest($benefits_first_date, start_date)
        < least($benefits_last_date + 1, until_date, death_date)
)

select * from final
