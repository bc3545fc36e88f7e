-- check_debitor_codes_are_within_validity
-- Debitor codes used before the year in which they were new. A cell is a code and a year.
-- family: conformance
-- severity: warning
-- table: stg_npr__contact_counts
-- column: debitor_code, start_date
-- threshold: 0
-- means: The code means something else than the list says, and may hide the treatment
-- what_to_do: ask NPR which code list the year follows
-- source: register-facts 1.1 (validity note)

with

counts as (
    select * from stg_npr__contact_counts
),

debitors as (
    select *
    from codelist_debitors
    where valid_from_year is not null
),

final as (
    select
        counts.debitor_code || ' ' || year(counts.start_month) as place,
        bool_or(year(counts.start_month) < cast(debitors.valid_from_year as integer)) as is_broken
    from counts
    inner join debitors on counts.debitor_code = debitors.debitor_code
    group by place
)

select * from final
