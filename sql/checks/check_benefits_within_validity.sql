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

-- The regimes of a benefit follow each other; an empty date is no limit.
periods as (
    select
        benefit_code,
        min(coalesce(cast(valid_from as date), date '1900-01-01')) as valid_from,
        max(coalesce(cast(valid_to as date), date '2100-12-31')) as valid_to
    from codelist_benefit_regimes
    group by benefit_code
),

final as (
    select
        spells.file_index,
        spells.row_number,
        spells.start_date < periods.valid_from
        or spells.until_date - 1 > periods.valid_to as is_broken,
        'outside_validity' as rule_name,
        if(spells.start_date < periods.valid_from, 'start_date', 'end_date') as column_name
    from spells
    inner join periods on spells.benefit_code = periods.benefit_code
)

select * from final
