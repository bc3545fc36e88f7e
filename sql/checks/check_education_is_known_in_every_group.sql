-- check_education_is_known_in_every_group
-- Share of persons aged 16 to 74 on the last day covered without any known education, by birth in
-- Norway or abroad and ten years of age: more than one in four.
-- family: completeness
-- severity: warning
-- table: stg_ssb__persons
-- column: nus2000_code
-- threshold: 0
-- params: benefits_last_date
-- means: the group is matched without education, so its effect compares less well
-- what_to_do: ask SSB for education of persons born abroad; report the share
-- source: register-facts 3.1; the share: our choice

with

education as (
    select *
    from stg_ssb__education
    where broken_rule is null
),

levels as (
    select *
    from codelist_education_levels
    where is_level = 'true'
),

persons as (
    select
        *,
        year($benefits_last_date) - birth_year as age_years
    from stg_ssb__persons
    where broken_rule is null
),

home_countries as (
    select * from codelist_home_countries
),

categories as (
    select * from codelist_immigration_categories
),

known as (
    select
        education.ssb_id,
        bool_or(levels.education_level_code is not null) as is_known
    from education
    left join levels on education.education_level_code = levels.education_level_code
    group by all
),

grouped as (
    select
        case
            when home_countries.birth_country is not null then 'born in Norway'
            when persons.birth_country is not null then 'born abroad'
            when categories.is_born_abroad = 'false' then 'born in Norway'
            when categories.is_born_abroad = 'true' then 'born abroad'
            else 'country of birth unknown'
        end as birth_group,
        persons.age_years // 10 * 10 as age_band,
        coalesce(known.is_known, false) as is_known
    from persons
    left join home_countries on persons.birth_country = home_countries.birth_country
    left join categories on persons.immigration_category = categories.immigration_category
    left join known on persons.ssb_id = known.ssb_id
    where persons.age_years between 16 and 74
),

final as (
    select
        birth_group || ', age ' || age_band || ' to ' || age_band + 9 as place,
        avg(if(is_known, 0, 1)) > 0.25 as is_broken
    from grouped
    group by birth_group, age_band
    having count(*) >= 50
)

select * from final
