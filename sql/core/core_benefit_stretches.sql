-- core_benefit_stretches
-- One row per stretch of days [start_date, until_date) between two neighbouring changes of
-- a person's benefits, with what is in force in it. Only core_benefit_intervals reads this:
-- stretches that touch may be alike, and grades are known only where one row is in force.
-- grain: person_id, start_date
-- source: our choice (a missing position, or one of nought, is a full one, and none is more
--   than full; grades and positions are kept to a hundredth of a per cent)
-- benefit_set: sum of the bits of the benefits in force. sick_leave_rows, disability_rows:
-- rows in force. The grades and the position, in hundredths of a per cent, hold where their
-- rows are one.
-- is_alone: a spell that no other of the person touches or overlaps is a stretch as it stands;
-- that is most of them, and they pass by the sweep.
-- A sweep, never a row per day. Each row of spells adds a number at its start and takes it
-- away at its end. In it each benefit has 18 bits to count its rows, and grade and position
-- have theirs. The running sum over days (a RANGE frame takes all changes of a day at once)
-- gives what is in force. Known limit: 262,143 rows of a person in force at once, and seven
-- benefits (bits 1 to 64).

with

spells as (
    select * from core_benefit_spells
),

benefits as (
    select
        benefit_code,
        cast(benefit_bit as integer) as benefit_bit,
        is_sick_leave = 'true' as is_sick_leave,
        is_permanent = 'true' as is_permanent,
        cast(1 as hugeint)
        << (18 * cast(log2(cast(benefit_bit as integer)) as integer)) as counter
    from codelist_benefits
),

-- At most 10,000, which is 14 bits.
measured as materialized (
    select
        spells.person_id,
        spells.start_date,
        spells.until_date,
        benefits.benefit_bit,
        cast(round(100 * spells.grade_percent) as bigint) as grade,
        coalesce(nullif(spells.position_percent, 0), 100) as known_position,
        cast(round(100 * least(known_position, 100)) as bigint) as position,
        coalesce(max(spells.until_date) over earlier < spells.start_date, true)
        and coalesce(lead(spells.start_date) over days > spells.until_date, true) as is_alone
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
    window
        days as (partition by spells.person_id order by spells.start_date),
        earlier as (
            partition by spells.person_id
            order by spells.start_date
            rows between unbounded preceding and 1 preceding
        )
),

-- From the low end: disability grade (14 bits and room for the sum), its rows (18), rows
-- of sick leave (18), position (14), grade (14 and room for the sum).
packed as not materialized (
    select
        measured.person_id,
        measured.start_date,
        measured.until_date,
        benefits.counter,
        case
            when benefits.is_permanent then (cast(1 as hugeint) << 32) + measured.grade
            when benefits.is_sick_leave
                then
                    (cast((measured.grade << 14) + measured.position as hugeint) << 68)
                    + (cast(1 as hugeint) << 50)
            else 0
        end as grades
    from measured
    inner join benefits on measured.benefit_bit = benefits.benefit_bit
    where not measured.is_alone
),

events as (
    select
        person_id, start_date as event_date, counter, grades
    from packed
    union all
    select
        person_id, until_date as event_date, -counter as counter, -grades as grades
    from packed
),

swept as (
    select
        person_id,
        event_date as start_date,
        lead(event_date) over days as until_date,
        sum(counter) over days as counters,
        sum(grades) over days as grades
    from events
    window days as (partition by person_id order by event_date)
),

-- Numbers of 64 bits are quicker to take apart.
divided as (
    select
        *,
        cast(counters & ((cast(1 as hugeint) << 54) - 1) as bigint) as low,
        cast(counters >> 54 & ((cast(1 as hugeint) << 54) - 1) as bigint) as middle,
        cast(counters >> 108 as bigint) as high,
        cast(grades & ((cast(1 as hugeint) << 50) - 1) as bigint) as disability,
        cast(grades >> 68 as bigint) as sick_leave
    from swept
    where until_date > start_date and counters > 0
),

final as (
    select
        person_id,
        start_date,
        until_date,
        if(low & 262143 > 0, 1, 0)
        + if(low >> 18 & 262143 > 0, 2, 0)
        + if(low >> 36 > 0, 4, 0)
        + if(middle & 262143 > 0, 8, 0)
        + if(middle >> 18 & 262143 > 0, 16, 0)
        + if(middle >> 36 > 0, 32, 0)
        + if(high > 0, 64, 0) as benefit_set,
        cast(grades >> 50 & 262143 as integer) as sick_leave_rows,
        sick_leave >> 14 as sick_leave_grade,
        sick_leave & 16383 as sick_leave_position,
        cast(disability >> 32 as integer) as disability_rows,
        disability & 4294967295 as disability_grade,
        false as is_alone
    from divided
    union all
    select
        measured.person_id,
        measured.start_date,
        measured.until_date,
        measured.benefit_bit as benefit_set,
        cast(benefits.is_sick_leave as integer) as sick_leave_rows,
        if(benefits.is_sick_leave, measured.grade, 0) as sick_leave_grade,
        if(benefits.is_sick_leave, measured.position, 0) as sick_leave_position,
        cast(benefits.is_permanent as integer) as disability_rows,
        if(benefits.is_permanent, measured.grade, 0) as disability_grade,
        measured.is_alone
    from measured
    inner join benefits on measured.benefit_bit = benefits.benefit_bit
    where measured.is_alone
)

select * from final
