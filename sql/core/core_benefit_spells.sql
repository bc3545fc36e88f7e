-- core_benefit_spells
-- One row per usable delivered benefit spell of a linked person and stretch of person-time,
-- half-open [start_date, until_date). Rows are as delivered: two jobs, prolongations and
-- corrections overlap; core_benefit_intervals makes them disjoint.
-- grain: file_index, row_number, start_date
-- source: contract 1 (nav_benefit); register-facts 2.4
-- `delivered_start_date` is the start before the cut at person-time: a spell that ran when
-- the register began, or when the person came, is older than it seems.

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

keys as (
    select *
    from core_person_keys
    where nav_id is not null
),

person_time as (
    select * from core_person_time
),

final as (
    select
        spells.file_index,
        spells.row_number,
        keys.person_id,
        spells.benefit_code,
        greatest(spells.start_date, person_time.start_date) as start_date,
        least(spells.until_date, person_time.until_date) as until_date,
        spells.is_ongoing,
        spells.grade_percent,
        spells.position_percent,
        spells.job_id,
        spells.diagnosis_code,
        spells.start_date as delivered_start_date
    from spells
    inner join keys on spells.nav_id = keys.nav_id
    inner join person_time
        on
            keys.person_id = person_time.person_id
            and spells.start_date < person_time.until_date
            and spells.until_date > person_time.start_date
)

select * from final
