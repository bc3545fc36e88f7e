-- check_debitor_codes_hide_no_treatment
-- Unknown debitor codes that hold the text of a treatment code, such as 20A or 200. A cell is
-- an unknown code in a sector. A text that is longer than three letters and digits is not shown.
-- family: conformance
-- severity: warning
-- table: stg_npr__contact_counts
-- column: debitor_code
-- threshold: 0
-- means: Treated persons may stand among the controls
-- what_to_do: ask NPR what the codes mean; name them in the study if they are the treatment
-- source: our choice

with

counts as (
    select * from stg_npr__contact_counts
),

debitors as (
    select * from codelist_debitors
),

unknown as (
    select distinct
        sector,
        debitor_code
    from counts
    where debitor_code not in (select debitors.debitor_code from debitors)
),

treatments as (
    select unnest($debitor_codes) as treatment_code
),

final as (
    select
        unknown.sector || ' ' || if(
            regexp_full_match(unknown.debitor_code, '[A-Z0-9]{1,3}'),
            unknown.debitor_code,
            'another text'
        ) as place,
        bool_or(contains(unknown.debitor_code, treatments.treatment_code)) as is_broken
    from unknown
    cross join treatments
    group by unknown.sector, unknown.debitor_code
)

select * from final
