-- check_benefits_within_validity
-- Benefit spells outside the period in which the benefit existed, such as AAP before
-- 2010-03-01.
-- family: conformance
-- severity: warning
-- table: stg_nav__benefit_spells
-- column: start_date, end_date
-- threshold: 0
-- means: Days may stand under the wrong benefit; in the union of benefits they count once
-- what_to_do: ask NAV; days still count once in the union of benefits
-- source: register-facts 2.5

with

spells as (
    select *
    from stg_nav__benefit_spells
    where broken_rule is null
),

benefits as (
    select * from codelist_benefits
),

final as (
    select
        spells.file_index,
        spells.row_number,
        coalesce(
            spells.start_date < cast(benefits.valid_from as date)
            or spells.until_date - 1 > cast(benefits.valid_to as date),
            false
        ) as is_broken,
        'outside_validity' as rule_name,
        if(
            spells.start_date < cast(benefits.valid_from as date), 'start_date', 'end_date'
        ) as column_name
    from spells
    inner join benefits on spells.benefit_code = benefits.benefit_code
)

select * from final
