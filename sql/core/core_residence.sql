-- core_residence
-- One row per person and status year: the municipality as delivered, and the one it is in
-- the base year.
-- grain: person_id, status_year
-- The base year is that of codelist_municipalities. A change up to then is followed from
-- old code to new, a later one from new to old, step by step, whatever the status year: no
-- code has ever been used twice. `mapping` says how the base code was found:
-- `unchanged`, `changed`, `split` (the code was divided; `is_followed` of the code list says
-- which part is taken, the same for everyone), `outside` (Svalbard, Jan Mayen, the shelf),
-- `unspecified` (no code, or 9999) or `unknown` (not in the lists). The last two have no base
-- code and keep their row. Of several places in one year the known one with the lowest code
-- is kept; `place_count` says how many there were.
-- source: register-facts 3.5

with recursive

residence as (
    select *
    from stg_ssb__residence
    where broken_rule is null
),

keys as (
    select *
    from core_person_keys
    where ssb_id is not null
),

municipalities as (
    select * from codelist_municipalities
),

changes as (
    select * from codelist_municipality_changes
),

base as (
    select max(cast(base_year as integer)) as base_year
    from municipalities
),

directed as (
    select
        changes.is_followed = 'true' as is_followed,
        cast(changes.change_year as integer) <= base.base_year as is_forward,
        if(is_forward, changes.old_code, changes.new_code) as from_code,
        if(is_forward, changes.new_code, changes.old_code) as to_code
    from changes
    cross join base
),

steps as (
    select
        from_code,
        max(to_code) filter (where is_followed) as to_code,
        count(*) > 1 as is_split
    from directed
    group by from_code
),

-- `union` and not `union all`: a circle in the list would end here, without a last code.
walks as (
    select
        from_code,
        to_code as code,
        is_split
    from steps
    union
    select
        walks.from_code,
        steps.to_code as code,
        walks.is_split or steps.is_split as is_split
    from walks
    inner join steps on walks.code = steps.from_code
),

ends as (
    select
        walks.from_code,
        walks.code,
        walks.is_split
    from walks
    anti join steps on walks.code = steps.from_code
),

mapped as (
    select
        keys.person_id,
        residence.status_year,
        residence.municipality_code,
        ends.is_split,
        coalesce(municipalities.kind, 'unknown') as kind,
        municipalities.municipality_code as end_code
    from residence
    inner join keys on residence.ssb_id = keys.ssb_id
    left join ends on residence.municipality_code = ends.from_code
    left join municipalities
        on coalesce(ends.code, residence.municipality_code) = municipalities.municipality_code
),

described as (
    select
        person_id,
        status_year,
        municipality_code,
        case
            when municipality_code is null or kind = 'unspecified' then 'unspecified'
            when kind in ('outside', 'unknown') then kind
            when is_split then 'split'
            when end_code <> municipality_code then 'changed'
            else 'unchanged'
        end as mapping,
        if(mapping in ('unspecified', 'unknown'), null, end_code) as base_municipality_code
    from mapped
),

final as (
    select
        person_id,
        status_year,
        arg_min(
            {
                'municipality_code': municipality_code,
                'base_municipality_code': base_municipality_code,
                'mapping': mapping
            },
            {
                'is_unplaced': base_municipality_code is null,
                'base': coalesce(base_municipality_code, ''),
                'delivered': coalesce(municipality_code, '')
            }
        ) as place,
        count(distinct coalesce(base_municipality_code, municipality_code)) as place_count
    from described
    group by person_id, status_year
)

select
    person_id,
    status_year,
    place.municipality_code,
    place.base_municipality_code,
    place.mapping,
    place_count
from final
