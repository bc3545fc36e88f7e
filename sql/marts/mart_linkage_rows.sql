-- mart_linkage_rows
-- One row per sector, year, debitor code, age, sex and arm as the linkage report tells them,
-- and by whether the contact has a usable key and is linked: a number of contacts.
-- grain: sector, year, debitor_code, age_years, sex_code, arm, has_key, is_linked
-- params: debitor_codes
-- Contacts quarantined because they have no key are here; those quarantined for another
-- reason are not. A contact without a usable key is nobody's: it goes by its own code.

with

contacts as (
    select * from stg_npr__contacts
    where broken_rule is null or broken_rule = 'missing_key'
),

keyless as (
    select npr_link_status_code from codelist_npr_link_statuses
    where has_person_key = 'false'
),

patients as (
    select * from mart_linkage_patients
),

sectors as (
    select sector_code from codelist_sectors
),

debitors as (
    select debitor_code from codelist_debitors
),

counted as (
    select
        contacts.sector,
        contacts.debitor_code,
        year(contacts.start_date) as year,
        year(contacts.start_date) - patients.birth_year as age_years,
        patients.sex_code,
        coalesce(
            patients.is_treated, list_contains($debitor_codes, contacts.debitor_code), false
        ) as is_treated,
        patients.npr_id is not null as has_key,
        coalesce(patients.is_linked, false) as is_linked,
        count(*) as n_rows
    from contacts
    left join patients
        on
            contacts.npr_id = patients.npr_id
            and coalesce(contacts.npr_link_status_code, '') not in (
                select keyless.npr_link_status_code from keyless
            )
    group by all
),

final as (
    select
        coalesce(sectors.sector_code, 'unknown') as sector,
        case
            when counted.year between 1990 and 2050 then cast(counted.year as varchar)
            else 'unknown'
        end as year,
        case
            when counted.debitor_code is null then 'unknown'
            else coalesce(debitors.debitor_code, 'other')
        end as debitor_code,
        counted.age_years,
        coalesce(counted.sex_code, 'unknown') as sex_code,
        if(counted.is_treated, 'treated', 'comparator') as arm,
        counted.has_key,
        counted.is_linked,
        cast(sum(counted.n_rows) as bigint) as n_rows
    from counted
    left join sectors on counted.sector = sectors.sector_code
    left join debitors on counted.debitor_code = debitors.debitor_code
    group by all
)

select * from final
