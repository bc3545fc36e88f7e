-- mart_set_services
-- One row per matched set, with the index year and the service of its treated person. The
-- service is the institution of the contact that began the course, as a number that says nothing
-- of it. Services are numbered from 1 by a seeded hash; null where the contact names none.
-- grain: matched_set_id
-- params: debitor_codes, seed
-- Of several such contacts on one day the first institution in the alphabet counts.

with

treated as (
    select
        sets.matched_set_id,
        sets.person_id,
        sets.sector,
        year(sets.index_date) as index_year,
        indexes.course_start_date
    from mart_matched_sets as sets
    inner join mart_treated_index as indexes
        on sets.person_id = indexes.person_id and sets.sector = indexes.sector
    where sets.is_treated
),

contacts as (
    select *
    from core_contacts
    where is_patient_present and list_contains($debitor_codes, debitor_code)
),

named as (
    select
        treated.matched_set_id,
        treated.sector,
        treated.index_year,
        min(contacts.institution_id) as institution_id
    from treated
    left join contacts
        on
            treated.person_id = contacts.person_id
            and treated.sector = contacts.sector
            and treated.course_start_date = contacts.start_date
    group by treated.matched_set_id, treated.sector, treated.index_year
),

services as (
    select
        institution_id,
        row_number() over (
            order by md5(concat($seed, '|', institution_id)), institution_id
        ) as service
    from named
    where institution_id is not null
    group by institution_id
),

final as (
    select
        named.matched_set_id,
        named.sector,
        named.index_year,
        services.service
    from named
    left join services on named.institution_id = services.institution_id
)

select * from final
