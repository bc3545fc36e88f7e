-- core_persons
-- One row per person: what SSB knows, where the link file leads to SSB's persons.
-- grain: person_id
-- `is_linked` is false for a patient without a usable link; such a person has no sex,
-- birth year or benefits here, and leaves the study in the attrition table.

with

keys as (
    select * from core_person_keys
),

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

final as (
    select
        keys.person_id,
        keys.random_order,
        persons.ssb_id is not null as is_linked,
        persons.sex_code,
        persons.birth_year,
        persons.birth_month,
        persons.death_date,
        persons.emigration_date,
        persons.immigration_date
    from keys
    left join persons on keys.ssb_id = persons.ssb_id
)

select * from final
