-- core_residence
-- One row per person and status year: the municipality as delivered, and the one it is in
-- the base year.
-- grain: person_id, status_year
-- The base year is that of codelist_municipalities. A change up to then is followed from
-- old code to new, a later one from new to old, step by step, whatever the status year: no
-- old code has been given out again. `mapping` says how the base code was found:
-- `unchanged`, `changed`, `split` (the code was divided; `is_followed` of the code list says
-- which part is taken, the same for everyone), `outside` (Svalbard, Jan Mayen, the shelf),
-- `unspecified` (no code, or 9999) or `unknown` (not in the lists). The last two have no base
-- code and keep their row. Of several places in one year the known one with the lowest code
-- is kept, and `is_ambiguous` is true.
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

-- Everything about a place is settled once a code, and rows then carry one number:
-- known places come first, and the codes of one place stand together.
codes as (
    select distinct municipality_code
    from residence
),

mapped as (
    select
        codes.municipality_code,
        case
            when codes.municipality_code is null or municipalities.kind = 'unspecified'
                then 'unspecified'
            when municipalities.kind is null then 'unknown'
            when municipalities.kind = 'outside' then 'outside'
            when ends.is_split then 'split'
            when municipalities.municipality_code <> codes.municipality_code then 'changed'
            else 'unchanged'
        end as mapping,
        if(
            mapping in ('unspecified', 'unknown'), null, municipalities.municipality_code
        ) as base_municipality_code
    from codes
    left join ends on codes.municipality_code = ends.from_code
    left join municipalities
        on coalesce(ends.code, codes.municipality_code) = municipalities.municipality_code
),

places as (
    select
        *,
        coalesce(base_municipality_code, municipality_code, '') as place,
        row_number() over (
            order by base_municipality_code is null, place, municipality_code
        ) as place_number
    from mapped
),

placed as (
    select
        keys.person_id,
        residence.status_year,
        min(places.place_number) as first_number,
        max(places.place_number) as last_number
    from residence
    inner join keys on residence.ssb_id = keys.ssb_id
    inner join places
        on coalesce(residence.municipality_code, '') = coalesce(places.municipality_code, '')
    group by keys.person_id, residence.status_year
),

final as (
    select
        placed.person_id,
        placed.status_year,
        places.municipality_code,
        places.base_municipality_code,
        places.mapping,
        places.place <> last_places.place as is_ambiguous
    from placed
    inner join places on placed.first_number = places.place_number
    inner join places as last_places on placed.last_number = last_places.place_number
)

select * from final
