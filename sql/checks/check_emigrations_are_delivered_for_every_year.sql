-- check_emigrations_are_delivered_for_every_year
-- Years covered by contacts and benefits without the emigrations that the other years have: fewer
-- than one in twenty of the usual number.
-- family: completeness
-- severity: warning
-- table: stg_ssb__persons
-- column: emigration_date
-- threshold: 0
-- params: contacts_first_date, benefits_first_date, contacts_last_date, benefits_last_date
-- means: who left the country counts as a person without benefits
-- what_to_do: ask SSB for the emigrations of these years
-- source: our choice

with

persons as (
    select *
    from stg_ssb__persons
    where broken_rule is null and emigration_date is not null
),

covered as (
    select unnest(range(
        year(greatest($contacts_first_date, $benefits_first_date)),
        year(least($contacts_last_date, $benefits_last_date)) + 1
    )) as covered_year
),

years as (
    select
        covered.covered_year,
        count(persons.emigration_date) as n_persons
    from covered
    left join persons on covered.covered_year = year(persons.emigration_date)
    group by all
),

beside as (
    select
        *,
        avg(n_persons) over () as n_usual
    from years
),

final as (
    select
        'emigrations ' || covered_year as place,
        n_persons < 0.05 * n_usual as is_broken
    from beside
    where n_usual >= 20
)

select * from final
