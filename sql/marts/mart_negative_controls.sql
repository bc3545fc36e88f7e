-- mart_negative_controls
-- One row per person in a matched set and ICD-10 chapter, with the days that had a contact whose
-- main diagnosis is of the chapter: outcomes that the treatment cannot change.
-- grain: matched_set_id, person_id, chapter
-- params: negative_control_chapters, debitor_codes, course_gap_days, before_days, after_days,
--   contacts_first_date, contacts_last_date
-- before = [index_date - course_gap_days - before_days, index_date - course_gap_days): the days
-- in between are left out, for a comparator's course begins after so long without a contact in
-- the sector, and that emptiness would look like an effect. after = [index_date, index_date +
-- after_days). Treatment contacts count nowhere. Values are null when the chapter holds the
-- person's own index diagnosis, and for who was not alive, in the country and in both registers
-- from the first day to the last.
-- source: methods, "The gate" (negative-control outcomes); chapters: our choice

with

chapters as (
    select
        chapter,
        first_code,
        last_code
    from codelist_icd10_chapters
    where list_contains($negative_control_chapters, chapter)
),

units as (
    select
        sets.matched_set_id,
        sets.person_id,
        left(pool.diagnosis, 3) as diagnosis,
        sets.index_date - $course_gap_days - $before_days as before_date,
        sets.index_date - $course_gap_days as gap_date,
        sets.index_date,
        sets.index_date + $after_days as until_date
    from mart_matched_sets as sets
    inner join mart_match_pool as pool
        on
            sets.is_treated = pool.is_treated
            and sets.sector = pool.sector
            and sets.person_id = pool.person_id
),

-- A stretch that holds all the days is the only one to do so.
observed as (
    select units.*
    from units
    inner join core_person_time as seen
        on
            units.person_id = seen.person_id
            and units.before_date >= seen.start_date
            and units.until_date <= seen.until_date
    where
        units.before_date >= $contacts_first_date
        and units.until_date <= $contacts_last_date + 1
),

contacts as (
    select distinct
        contacts.person_id,
        contacts.start_date,
        chapters.chapter
    from core_contacts as contacts
    inner join chapters
        on left(contacts.main_icd10_code, 3) between chapters.first_code and chapters.last_code
    where
        contacts.is_patient_present
        and not coalesce(list_contains($debitor_codes, contacts.debitor_code), false)
),

counted as (
    select
        observed.matched_set_id,
        observed.person_id,
        contacts.chapter,
        count(*) filter (where contacts.start_date < observed.gap_date) as days_before,
        count(*) filter (where contacts.start_date >= observed.index_date) as days_after
    from observed
    inner join contacts
        on
            observed.person_id = contacts.person_id
            and observed.before_date <= contacts.start_date
            and observed.until_date > contacts.start_date
    group by observed.matched_set_id, observed.person_id, contacts.chapter
),

grid as (
    select
        units.matched_set_id,
        units.person_id,
        chapters.chapter,
        if(
            observed.person_id is not null
            and units.diagnosis not between chapters.first_code and chapters.last_code,
            0,
            null
        ) as nought
    from units
    cross join chapters
    left join observed
        on
            units.matched_set_id = observed.matched_set_id
            and units.person_id = observed.person_id
),

final as (
    select
        grid.matched_set_id,
        grid.person_id,
        grid.chapter,
        cast(grid.nought + coalesce(counted.days_before, 0) as integer) as days_before,
        cast(grid.nought + coalesce(counted.days_after, 0) as integer) as days_after
    from grid
    left join counted
        on
            grid.matched_set_id = counted.matched_set_id
            and grid.person_id = counted.person_id
            and grid.chapter = counted.chapter
)

select * from final
