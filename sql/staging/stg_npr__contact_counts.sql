-- stg_npr__contact_counts
-- One row per file, sector, month of start, debitor code, care level, institution and state
-- of the link, with the number of usable contacts and the row of the first. Checks of volume
-- and linkage read it instead of the contacts.
-- grain: file_index, sector, start_month, debitor_code, care_level_code, institution_id, link_state
-- `link_state` is linked, no_ssb_person (the link leads to nobody among SSB's persons),
-- not_in_link (the key is not in the link file) or near_link (nor that, but it would be without
-- leading zeros, surrounding space and letter case). Births and deaths are SSB's, so they are known
-- for linked contacts only; birth is known by year. A contact of zero nights ends on the day
-- it starts.

with

contacts as (
    select *
    from stg_npr__contacts
    where broken_rule is null
),

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null
),

statuses as (
    select *
    from codelist_npr_link_statuses
    where has_person_key = 'false'
),

-- One row a key, also when the link file breaks its contract.
keys as (
    select
        links.npr_id,
        max(persons.birth_year) as birth_year,
        min(persons.death_date) as death_date
    from links
    left join persons on links.ssb_id = persons.ssb_id
    group by links.npr_id
),

near as (
    select distinct ltrim(upper(trim(npr_id)), '0') as near_id from keys
),

final as (
    select
        contacts.file_index,
        contacts.sector,
        cast(date_trunc('month', contacts.start_date) as date) as start_month,
        contacts.debitor_code,
        contacts.care_level_code,
        contacts.institution_id,
        case
            when near.near_id is not null then 'near_link'
            when keys.npr_id is null then 'not_in_link'
            when keys.birth_year is null then 'no_ssb_person'
            else 'linked'
        end as link_state,
        min(contacts.row_number) as first_row,
        count(*) as n_contacts,
        count(*) filter (where contacts.start_date > keys.death_date) as n_after_death,
        count(*) filter (where year(contacts.start_date) < keys.birth_year) as n_before_birth,
        count(*) filter (where contacts.end_date = contacts.start_date) as n_zero_nights,
        count(statuses.npr_link_status_code) as n_without_person_key
    from contacts
    left join keys on contacts.npr_id = keys.npr_id
    left join near
        on if(keys.npr_id is null, ltrim(upper(trim(contacts.npr_id)), '0'), null) = near.near_id
    left join statuses on contacts.npr_link_status_code = statuses.npr_link_status_code
    group by all
)

select * from final
