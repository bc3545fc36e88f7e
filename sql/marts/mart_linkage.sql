-- mart_linkage
-- One row per register: persons in its files, those found through the link file among
-- SSB's persons, and link rows that lead to nobody in the register.
-- grain: register
-- A link row without a NAV person is ordinary: not everybody has had a benefit.

with

links as (
    select *
    from stg_link__persons
    where broken_rule is null
),

persons as (
    select distinct ssb_id
    from stg_ssb__persons
    where broken_rule is null
),

patients as (
    select distinct npr_id
    from stg_npr__contacts
    where broken_rule is null
),

recipients as (
    select distinct nav_id
    from stg_nav__benefit_spells
    where broken_rule is null
),

usable_recipients as (
    select links.nav_id
    from links
    inner join persons on links.ssb_id = persons.ssb_id
    where links.nav_id is not null
),

usable as (
    select links.*
    from links
    inner join persons on links.ssb_id = persons.ssb_id
),

counts as (
    select
        'npr' as register,
        (select count(*) from patients) as n_persons,
        (
            select count(*) from patients
            where npr_id in (select usable.npr_id from usable)
        ) as n_linked,
        (
            select count(*) from links
            where npr_id not in (select patients.npr_id from patients)
        ) as n_link_rows_without_register
    union all
    select
        'nav' as register,
        (select count(*) from recipients) as n_persons,
        (
            select count(*) from recipients
            where nav_id in (select usable_recipients.nav_id from usable_recipients)
        ) as n_linked,
        (
            select count(*) from links
            where
                nav_id is not null
                and nav_id not in (select recipients.nav_id from recipients)
        ) as n_link_rows_without_register
    union all
    select
        'ssb' as register,
        (select count(*) from persons) as n_persons,
        (
            select count(*) from persons
            where ssb_id in (select links.ssb_id from links)
        ) as n_linked,
        (
            select count(*) from links
            where ssb_id not in (select persons.ssb_id from persons)
        ) as n_link_rows_without_register
),

final as (
    select
        register,
        n_persons,
        n_linked,
        n_persons - n_linked as n_unlinked,
        n_link_rows_without_register
    from counts
)

select * from final
