-- core_benefit_intervals
-- One row per stretch of days [start_date, until_date) in which a person has the same
-- benefits, the same sick-leave grade and the same disability grade. Stretches of one
-- person never overlap, and two that touch differ; days without a benefit have no row.
-- grain: person_id, start_date
-- source: register-facts 2.4 (one row per job: union of days, never a sum; a day's work is
--   position x grade) and 2.5; rules for several rows at once: our choice, see below
-- benefit_set: sum of the bits (codelist_benefits) of the benefits in force.
-- sick_leave_grade: null without sick leave; over the jobs on leave, grade weighted by
--   position; 0-100. sick_leave_fraction: part of a full position that is lost, the sum over
--   jobs of grade x position, at most 1; 0 without sick leave.
-- disability_grade: null without a permanent benefit; the highest grade in force; 0-100.
-- Our choices: a missing position, or one of nought, is a full one, and none is more than
-- full; rows without job_id are one job; where rows of one job overlap (prolongation,
-- correction) the highest grade and the largest position count, never a second absence.
-- Grades and positions are kept to a hundredth of a per cent.
-- Splitting a spell in two, a row twice and the order of rows change nothing.

with

stretches as (
    select * from core_benefit_stretches
),

spells as (
    select * from core_benefit_spells
),

benefits as (
    select * from codelist_benefits
),

jobs as (
    select
        stretches.person_id,
        stretches.start_date,
        stretches.until_date,
        stretches.benefit_set,
        benefits.is_sick_leave = 'true' as is_sick_leave,
        coalesce(spells.job_id, '') as job_id,
        cast(max(round(100 * spells.grade_percent)) as bigint) as grade,
        cast(
            max(round(100 * least(coalesce(nullif(spells.position_percent, 0), 100), 100)))
            as bigint
        ) as position
    from stretches
    inner join spells
        on
            stretches.person_id = spells.person_id
            and stretches.start_date >= spells.start_date
            and stretches.start_date < spells.until_date
    inner join benefits on spells.benefit_code = benefits.benefit_code
    where
        (stretches.sick_leave_rows > 1 or stretches.disability_rows > 1)
        and (benefits.is_sick_leave = 'true' or benefits.is_permanent = 'true')
    group by all
),

-- In 'part' a full position with a full grade is 100,000,000.
graded as (
    select
        person_id,
        start_date,
        until_date,
        benefit_set,
        if(sick_leave_rows > 0, sick_leave_grade / 100, null) as sick_leave_grade,
        sick_leave_grade * sick_leave_position as part,
        disability_grade,
        is_alone
    from stretches
    where sick_leave_rows <= 1 and disability_rows <= 1
    union all
    select
        person_id,
        start_date,
        until_date,
        benefit_set,
        sum(grade * position) filter (where is_sick_leave)
        / sum(position) filter (where is_sick_leave) / 100 as sick_leave_grade,
        coalesce(sum(grade * position) filter (where is_sick_leave), 0) as part,
        coalesce(max(grade) filter (where not is_sick_leave), 0) as disability_grade,
        false as is_alone
    from jobs
    group by all
),

-- All but the sick-leave grade, in one number.
packed as (
    select
        person_id,
        start_date,
        until_date,
        sick_leave_grade,
        is_alone,
        (disability_grade << 40)
        + (cast(least(part, 100000000) as bigint) << 8)
        + benefit_set as content
    from graded
),

-- The sick-leave grade is null in both where the contents are equal and without sick leave.
compared as (
    select
        *,
        coalesce(
            lag(until_date) over days = start_date
            and lag(content) over days = content
            and coalesce(lag(sick_leave_grade) over days = sick_leave_grade, true),
            false
        ) as goes_on,
        coalesce(
            lead(start_date) over days = until_date
            and lead(content) over days = content
            and coalesce(lead(sick_leave_grade) over days = sick_leave_grade, true),
            false
        ) as is_followed
    from packed
    where not is_alone
    window days as (partition by person_id order by start_date)
),

-- Few go on; of those, first and last stretches are paired.
paired as (
    select *, lead(until_date) over (partition by person_id order by start_date) as last_date
    from compared
    where goes_on <> is_followed
),

merged as (
    select * from packed
    where is_alone
    union all by name
    select * from compared
    where not goes_on and not is_followed
    union all by name
    select * replace (last_date as until_date) from paired
    where is_followed
),

final as (
    select
        person_id,
        start_date,
        until_date,
        cast(content & 255 as integer) as benefit_set,
        sick_leave_grade,
        (content >> 8 & 4294967295) / 100000000 as sick_leave_fraction,
        nullif(content >> 40, 0) / 100 as disability_grade
    from merged
)

select * from final
