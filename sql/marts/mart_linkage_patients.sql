-- mart_linkage_patients
-- One row per usable key of NPR: whether it leads through the link file to a person of SSB,
-- and in which levels of the linkage report the patient has a contact.
-- grain: npr_id
-- params: debitor_codes
-- Levels are bits of a number (places: mart_linkage_levels), so that ten million contacts are
-- grouped once and counted in seconds. A contact that NPR itself could not tie to a person
-- has no usable key, whatever stands in its key column.
-- Sex and birth year are known from NPR's own person file alone, because SSB's tells nothing
-- about the unlinked; a patient with two of them there counts as unknown.
-- `is_treated`: a contact with one of the study's debitor codes, in any sector.
-- source: register-facts 1.4 (NPRId_reg)

with

contacts as (
    select * from stg_npr__contacts
    where broken_rule is null
),

keyless as (
    select npr_link_status_code from codelist_npr_link_statuses
    where has_person_key = 'false'
),

levels as (
    select * from mart_linkage_levels
),

sectors as (
    select * from levels
    where dimension = 'sector'
),

debitors as (
    select * from levels
    where dimension = 'debitor_code'
),

links as (
    select * from stg_link__persons
    where broken_rule is null
),

persons as (
    select * from stg_ssb__persons
    where broken_rule is null
),

linked as (
    select distinct links.npr_id
    from links
    inner join persons on links.ssb_id = persons.ssb_id
),

years as (
    select
        try_cast(level as integer) as year,
        place
    from levels
    where dimension = 'year'
),

-- The least and the greatest are alike when there is one value only; faster than distinct.
traits as (
    select
        npr_id,
        if(min(sex_code) = max(sex_code), min(sex_code), null) as sex_code,
        if(min(birth_year) = max(birth_year), min(birth_year), null) as birth_year
    from stg_npr__persons
    where broken_rule is null
    group by npr_id
),

unknown as (
    select
        max(place) filter (where dimension = 'year' and level = 'unknown') as year_place,
        max(place) filter (where dimension = 'debitor_code' and level = 'unknown') as empty_place,
        max(place) filter (where dimension = 'debitor_code' and level = 'other') as other_place
    from levels
),

coded as (
    select
        contacts.npr_id,
        year(contacts.start_date) as year,
        coalesce(list_contains($debitor_codes, contacts.debitor_code), false) as is_treatment,
        cast(1 as bigint) << sectors.place as sector_bit,
        cast(1 as bigint) << coalesce(
            debitors.place,
            if(contacts.debitor_code is null, unknown.empty_place, unknown.other_place)
        ) as debitor_bit,
        cast(1 as bigint) << coalesce(years.place, unknown.year_place) as year_bit
    from contacts
    inner join sectors on contacts.sector = sectors.level
    left join debitors on contacts.debitor_code = debitors.level
    left join years on year(contacts.start_date) = years.year
    anti join keyless on contacts.npr_link_status_code = keyless.npr_link_status_code
    cross join unknown
    where contacts.npr_id is not null
),

grouped as (
    select
        npr_id,
        bit_or(sector_bit) as sector_bits,
        bit_or(if(is_treatment, sector_bit, 0)) as treated_sector_bits,
        bit_or(debitor_bit) as debitor_bits,
        bit_or(year_bit) as year_bits,
        min(year) as first_year,
        min(if(is_treatment, year, null)) as first_treated_year
    from coded
    group by npr_id
),

final as (
    select
        grouped.*,
        linked.npr_id is not null as is_linked,
        grouped.first_treated_year is not null as is_treated,
        traits.sex_code,
        traits.birth_year
    from grouped
    left join linked on grouped.npr_id = linked.npr_id
    left join traits on grouped.npr_id = traits.npr_id
)

select * from final
