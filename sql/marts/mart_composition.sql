-- mart_composition
-- One row per calendar year and sector: persons with a treatment contact in the year.
-- grain: year, sector
-- params: sectors, first_index_date, last_index_date, counts_person_sectors
-- The share has as denominator the persons of the year, or the sum over sectors (a person
-- in two sectors counts once in each): a setting, because the source does not say which.
-- Sector ALL counts each person once. All patients count, linked or not.
-- source: seed-facts F12-F18

with

contacts as (
    select *
    from mart_study_contacts
    where
        is_treatment
        and start_date between $first_index_date and $last_index_date
        and list_contains($sectors, sector)
),

person_sectors as (
    select
        year(start_date) as "year",
        person_id,
        sector,
        sum(treatment_contact_count) as contact_count
    from contacts
    group by all
),

person_years as (
    select
        "year",
        person_id,
        count(*) as sector_count,
        sum(contact_count) as contact_count
    from person_sectors
    group by all
),

by_sector as (
    select
        person_sectors."year",
        person_sectors.sector,
        count(*) as n_persons,
        count_if(person_years.sector_count > 1) as n_multi_sector,
        sum(person_sectors.contact_count) as n_episodes
    from person_sectors
    inner join person_years
        on
            person_sectors."year" = person_years."year"
            and person_sectors.person_id = person_years.person_id
    group by all
),

by_year as (
    select
        "year",
        count(*) as n_persons,
        sum(sector_count) as person_sector_count,
        count_if(sector_count > 1) as n_multi_sector,
        sum(contact_count) as n_episodes
    from person_years
    group by all
),

final as (
    select
        by_sector."year",
        by_sector.sector,
        by_sector.n_persons,
        by_sector.n_persons / if(
            $counts_person_sectors, by_year.person_sector_count, by_year.n_persons
        ) as share,
        by_sector.n_multi_sector,
        by_sector.n_multi_sector / by_sector.n_persons as share_multi_sector,
        cast(by_sector.n_episodes as bigint) as n_episodes
    from by_sector
    inner join by_year on by_sector."year" = by_year."year"
    union all
    select
        "year",
        'ALL' as sector,
        n_persons,
        1.0 as share,
        n_multi_sector,
        n_multi_sector / n_persons as share_multi_sector,
        cast(n_episodes as bigint) as n_episodes
    from by_year
)

select * from final
