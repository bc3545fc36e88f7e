-- check_unlinkable_contacts_are_few_each_year
-- At most two in a hundred contacts of a sector and year could not be tied to a person by NPR.
-- Cells of fewer than 100 contacts are not judged. A cell is a sector and a year.
-- family: completeness
-- severity: warning
-- table: stg_npr__contact_counts
-- column: npr_link_status_code
-- threshold: 0
-- means: Persons of that year are lost, and are more often without a Norwegian identity number
-- what_to_do: ask NPR why
-- source: register-facts 1.4; the limit is our choice

with

counts as (
    select * from stg_npr__contact_counts
),

final as (
    select
        sector || ' ' || year(start_month) as place,
        sum(n_without_person_key) > 0.02 * sum(n_contacts) as is_broken
    from counts
    group by place
    having sum(n_contacts) >= 100
)

select * from final
