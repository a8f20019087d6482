//! Writes what is asked of events and of single values.

use diesel::{QueryResult, pg::Pg, query_builder::AstPass};

use super::{
    ast::{Compare, Figure},
    predicate::{Bounds, Equal, EventRows, Having, ValueTest},
    sql::{Out, Scale},
};
use crate::db::ids::EnvironmentId;

/// The profile is among those whose events are so. On few profiles the events of each are looked up; on those who are named, or on
/// all, the events of all of them are grouped, which reads them once.
pub(super) fn events<'b>(out: &mut Out<'_, 'b>, events: &'b EventRows) -> QueryResult<()> {
    match out.scale {
        Scale::Few => out.sql("EXISTS (SELECT "),
        Scale::Among | Scale::All => out.sql("profiles.id IN (SELECT "),
    };
    if let Having::End { is_last, property, test } = &events.having {
        out.sql("f.profile_id FROM (SELECT DISTINCT ON (e.profile_id) e.profile_id, e.properties -> ")
            .text(property)?;
        out.sql(" AS v FROM events e WHERE ");
        of(out, events)?;
        out.sql(" AND jsonb_typeof(e.properties -> ").text(property)?;
        out.sql(") <> 'null' ORDER BY e.profile_id, ");
        out.sql(if *is_last { "e.occurred_at DESC, e.id DESC" } else { "e.occurred_at, e.id" }).sql(") f WHERE ");
        out.any_entry(&|out| Ok(_ = out.sql("f.v")), test)?;
    } else {
        out.sql("e.profile_id FROM events e WHERE ");
        of(out, events)?;
        having(out, &events.having)?;
    }
    out.sql(")");
    Ok(())
}

/// Counts the events of one profile: how many, the last one, and the figure that is asked of them.
pub(super) struct Counted<'b> {
    pub environment: &'b EnvironmentId,
    pub events: &'b EventRows,
}

impl<'b> Counted<'b> {
    /// Writes it, as an object of JSON.
    pub fn walk(self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut out = Out::new(pass, self.environment, Scale::Few);
        let events = self.events;
        out.sql("(SELECT jsonb_build_object('count', count(*), 'last', max(e.occurred_at), 'figure', ");
        match &events.having {
            Having::Any | Having::Count(..) => _ = out.sql("NULL"),
            Having::Distinct(property, _) => {
                out.sql("count(DISTINCT nullif(e.properties -> ").text(property)?.sql(", 'null'))");
            }
            Having::Number(figure, property, _) => {
                out.sql(of_numbers(*figure)).text(property)?.sql("))");
            }
            Having::End { is_last, property, .. } => {
                out.sql("(array_agg(e.properties -> ").text(property)?;
                out.sql(if *is_last {
                    " ORDER BY e.occurred_at DESC, e.id DESC))[1]"
                } else {
                    " ORDER BY e.occurred_at, e.id))[1]"
                });
            }
        }
        out.sql(") FROM events e WHERE ");
        of(&mut out, events)?;
        if let Having::End { property, .. } = &events.having {
            out.sql(" AND jsonb_typeof(e.properties -> ").text(property)?.sql(") <> 'null'");
        }
        out.sql(")");
        Ok(())
    }
}

/// Which events count.
fn of<'b>(out: &mut Out<'_, 'b>, EventRows { definitions, with, within, .. }: &'b EventRows) -> QueryResult<()> {
    out.sql("e.environment_id = ").environment()?;
    match out.scale {
        Scale::Few => _ = out.sql(" AND e.profile_id = profiles.id"),
        Scale::Among => _ = out.sql(" AND e.profile_id = ANY(ARRAY(SELECT id FROM among))"),
        Scale::All => {}
    }
    // Of a name that is new the planner believes that there are hardly any events, and would read all of them for each person: the sum keeps
    // it to the events of those who are asked for.
    let definition =
        if out.scale == Scale::Among { " AND e.definition_id + 0 = ANY(" } else { " AND e.definition_id = ANY(" };
    out.sql(definition).numbers(definitions)?.sql(") AND ");
    out.within("e.occurred_at", within)?;
    for (property, test) in with {
        out.sql(" AND ");
        out.any_entry(
            &|out| {
                out.sql("(e.properties -> ").text(property)?.sql(")");
                Ok(())
            },
            test,
        )?;
    }
    Ok(())
}

fn having<'b>(out: &mut Out<'_, 'b>, having: &'b Having) -> QueryResult<()> {
    match having {
        Having::Any | Having::End { .. } => {}
        Having::Count(compare, count) => {
            out.sql(" GROUP BY e.profile_id HAVING count(*) ").sql(sign(*compare)).number(count)?;
        }
        Having::Distinct(property, counts) => {
            out.sql(" GROUP BY e.profile_id HAVING TRUE");
            for (compare, count) in counts {
                out.sql(" AND count(DISTINCT nullif(e.properties -> ").text(property)?;
                out.sql(", 'null')) ").sql(sign(*compare)).number(count)?;
            }
        }
        Having::Number(figure, property, bounds) => {
            out.sql(" GROUP BY e.profile_id HAVING ");
            let function = of_numbers(*figure);
            out.between(
                &|out| {
                    out.sql(function).text(property)?.sql("))");
                    Ok(())
                },
                bounds,
                "numeric",
            )?;
        }
    }
    Ok(())
}

fn of_numbers(figure: Figure) -> &'static str {
    match figure {
        Figure::Average => "avg(number_of(e.properties -> ",
        Figure::Least => "min(number_of(e.properties -> ",
        Figure::Greatest => "max(number_of(e.properties -> ",
        _ => "sum(number_of(e.properties -> ",
    }
}

fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::AtLeast => ">= ",
        Compare::AtMost => "<= ",
        Compare::More => "> ",
        Compare::Less => "< ",
        Compare::Equal => "= ",
    }
}

/// Writes an expression.
type Write<'w, 'b> = &'w dyn Fn(&mut Out<'_, 'b>) -> QueryResult<()>;

impl<'b> Out<'_, 'b> {
    /// The test of a value, or of any entry of a list.
    fn any_entry(&mut self, value: Write<'_, 'b>, test: &'b ValueTest) -> QueryResult<()> {
        if matches!(test, ValueTest::Present) {
            return self.value(test, value);
        }
        self.sql("CASE WHEN jsonb_typeof(");
        value(self)?;
        self.sql(") = 'array' THEN EXISTS (SELECT FROM jsonb_array_elements(");
        value(self)?;
        self.sql(") x (entry) WHERE ");
        self.value(test, &|out| Ok(_ = out.sql("entry")))?;
        self.sql(") ELSE ");
        self.value(test, value)?;
        self.sql(" END");
        Ok(())
    }

    /// The test of one value.
    pub fn value(&mut self, test: &'b ValueTest, value: Write<'_, 'b>) -> QueryResult<()> {
        match test {
            ValueTest::Present => {
                self.sql("jsonb_typeof(");
                value(self)?;
                self.sql(") <> 'null'");
            }
            ValueTest::Like(pattern) => {
                self.sql("jsonb_typeof(");
                value(self)?;
                self.sql(") NOT IN ('object', 'array') AND lower(");
                value(self)?;
                self.sql(" #>> '{}') LIKE lower(").text(pattern)?.sql(")");
            }
            ValueTest::Equal(values) => {
                self.sql("(FALSE");
                for one in values {
                    self.equal(one, value)?;
                }
                self.sql(")");
            }
            ValueTest::Number(bounds) => {
                let number: Write<'_, 'b> = &|out| {
                    out.sql("number_of(");
                    value(out)?;
                    out.sql(")");
                    Ok(())
                };
                self.between(number, bounds, "numeric")?;
            }
            ValueTest::Day(bounds) => {
                let day: Write<'_, 'b> = &|out| {
                    out.sql("day_of(");
                    value(out)?;
                    out.sql(") COLLATE \"C\"");
                    Ok(())
                };
                self.between(day, bounds, "text")?;
            }
        }
        Ok(())
    }

    fn equal(&mut self, Equal { texts, number, day }: &'b Equal, value: Write<'_, 'b>) -> QueryResult<()> {
        for text in texts {
            self.sql(" OR lower(");
            value(self)?;
            self.sql(" #>> '{}') = lower(").text(text)?.sql(")");
        }
        for (function, given, kind) in [(" OR number_of(", number, "numeric"), (" OR day_of(", day, "text")] {
            if let Some(given) = given {
                self.sql(function);
                value(self)?;
                self.sql(") = CAST(").text(given)?.sql(" AS ").sql(kind).sql(")");
            }
        }
        Ok(())
    }

    fn between(
        &mut self,
        value: Write<'_, 'b>,
        Bounds { from, to }: &'b Bounds,
        kind: &'static str,
    ) -> QueryResult<()> {
        self.sql("(TRUE");
        let ends = [(from, [" >= CAST(", " > CAST("]), (to, [" <= CAST(", " < CAST("])];
        for (end, [included, excluded]) in ends {
            if let Some((end, is_included)) = end {
                self.sql(" AND ");
                value(self)?;
                self.sql(if *is_included { included } else { excluded }).text(end)?.sql(" AS ").sql(kind).sql(")");
            }
        }
        self.sql(")");
        Ok(())
    }
}
