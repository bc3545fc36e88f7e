-- check_work_directed_contacts_keep_the_code
-- Of contacts with a work-directed diagnosis or procedure, the share coded as treatment is
-- from 2018 on not less than two thirds of that in 2017, the last year of the scheme. Sectors
-- with fewer than 20 such treatment contacts in 2017 are not judged. A cell is a sector and a
-- year.
-- family: plausibility
-- severity: warning
-- table: stg_npr__contacts
-- column: debitor_code, main_icd10_code, procedure_codes
-- threshold: 0
-- means: Treated but uncoded: treated persons stand among the controls from 2018 on
-- what_to_do: leave 2018 out of the study and compare; define treatment by the work-directed
--   codes and compare
-- source: register-facts 0, 1.5 and 5 (the scheme ended on 31 December 2017); the limits are our
--   choice

with

codes as (
    select * from codelist_work_directed_codes
),

contacts as (
    select
        sector,
        year(start_date) as contact_year,
        list_contains($debitor_codes, debitor_code) as is_treatment
    from stg_npr__contacts
    where
        broken_rule is null
        and start_date >= date '2017-01-01'
        and (
            main_icd10_code in (select codes.code from codes)
            or substr(main_icd10_code, 1, 3) in (select codes.code from codes)
            or list_has_any(
                string_split(upper(procedure_codes), '|'), (select list(codes.code) from codes)
            )
        )
),

yearly as (
    select
        sector,
        contact_year,
        count(*) as n_contacts,
        count(*) filter (where is_treatment) as n_treatment
    from contacts
    group by all
),

final as (
    select
        later.sector || ' ' || later.contact_year as place,
        later.n_treatment / later.n_contacts
        < 2 / 3 * base.n_treatment / base.n_contacts as is_broken
    from yearly as later
    inner join yearly as base on later.sector = base.sector
    where
        base.contact_year = 2017
        and later.contact_year > 2017
        and base.n_treatment >= 20
)

select * from final
