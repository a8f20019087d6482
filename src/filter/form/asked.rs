//! Reads the fields of one row; what is missing or wrong is a problem at its field.

use chrono::NaiveDate;

use super::{
    super::{
        ast::{Choice, Compare, Filter, Period, Said, Span, Test},
        parse::parse,
    },
    values::{Fields, Op, When, read_list, read_one},
};
use crate::{subscriptions::Medium, web::form::Problems};

/// The fields of a row, and the problems of the form.
pub struct Asked<'a> {
    /// What the names of the row's fields begin with.
    pub path: String,
    pub fields: &'a Fields,
    pub problems: &'a mut Problems,
}

impl Asked<'_> {
    /// The fields of a property's row.
    pub fn inside<'b>(&'b mut self, place: usize, fields: &'b Fields) -> Asked<'b> {
        Asked { path: format!("{}.with{place}", self.path), fields, problems: self.problems }
    }

    fn wrong<T>(&mut self, field: &str, message: impl Into<String>) -> Option<T> {
        self.problems.add(format!("{}.{field}", self.path), message);
        None
    }

    /// One value, which must be there.
    pub fn one(&mut self, field: &str, missing: &str) -> Option<String> {
        read_one(self.fields.get(field)).or_else(|| self.wrong(field, missing))
    }

    /// One or more values.
    pub fn list(&mut self, field: &str, missing: &str) -> Option<Vec<String>> {
        Some(read_list(self.fields.get(field)))
            .filter(|values| !values.is_empty())
            .or_else(|| self.wrong(field, missing))
    }

    /// The value of the row.
    pub fn value(&mut self) -> Option<String> {
        self.one("value", "Fill in a value.")
    }

    /// A word of a vocabulary.
    pub fn word<T: std::str::FromStr>(&mut self, field: &str) -> Option<T> {
        self.fields.get(field).parse().ok().or_else(|| self.wrong(field, "Choose one of the list."))
    }

    /// What is asked of the value.
    pub fn op(&self) -> Op {
        self.fields.get("op").parse().unwrap_or_default()
    }

    /// Some values, or any.
    pub fn choice(&mut self) -> Option<Choice> {
        if self.op() == Op::Any {
            return Some(Choice::Present);
        }
        self.list("value", "Fill in a value, or several with commas between them.").map(Choice::OneOf)
    }

    /// The whole test of a value.
    pub fn test(&mut self) -> Option<Test> {
        let compare = match self.op() {
            Op::Is | Op::Any | Op::Blocked => return self.choice().map(Test::Is),
            Op::Contains => return self.value().map(Test::Contains),
            Op::Begins => return self.value().map(Test::Begins),
            Op::Between => {
                let (from, to) = (self.value(), self.one("to", "Fill in the end as well."));
                return Some(Test::Between(from?, to?));
            }
            Op::AtLeast => Compare::AtLeast,
            Op::AtMost => Compare::AtMost,
            Op::More => Compare::More,
            Op::Less => Compare::Less,
        };
        let than = self.one("value", "Fill in a number, a day such as 2026-01-31, or 30d for 30 days ago.")?;
        Some(Test::Compare(compare, than))
    }

    /// How the number of events is compared.
    pub fn compare(&self) -> Compare {
        self.fields.get("compare").parse().unwrap_or(Compare::AtLeast)
    }

    /// How often something happened; once, if nothing is said.
    pub fn count(&mut self) -> Option<u64> {
        match self.fields.get("count").trim() {
            "" => Some(1),
            typed => typed.parse().ok().or_else(|| self.wrong("count", "Write a whole number, such as 3.")),
        }
    }

    fn when(&self) -> When {
        self.fields.get("when").parse().unwrap_or_default()
    }

    /// Whether it does not matter when it was.
    pub fn is_any_time(&self) -> bool {
        self.when() == When::Any
    }

    /// When it was, which must be said.
    pub fn period(&mut self) -> Option<Period> {
        let span = |asked: &mut Self, is_hours: bool| {
            let number = asked.fields.get("span").trim().parse::<u32>();
            let most = Span::MOST_DAYS * if is_hours { 24 } else { 1 };
            let number = number.ok().filter(|number| *number <= most);
            let number = number.or_else(|| asked.wrong("span", format!("Write a whole number up to {most}.")))?;
            Some(if is_hours { Span::Hours(number) } else { Span::Days(number) })
        };
        match self.when() {
            When::Any => self.wrong("when", "Choose when."),
            When::LastDays => span(self, false).map(Period::Within),
            When::LastHours => span(self, true).map(Period::Within),
            When::BeforeDays => span(self, false).map(Period::Before),
            When::BeforeHours => span(self, true).map(Period::Before),
            When::Days => self.days(),
        }
    }

    fn days(&mut self) -> Option<Period> {
        let mut day = |field: &str| match self.fields.get(field).trim() {
            "" => Some(None),
            typed => {
                let day = typed.parse::<NaiveDate>().ok().filter(|_| typed.len() == 10);
                day.map(Some).or_else(|| self.wrong(field, "Write the day as 2026-01-31."))
            }
        };
        let (from, until) = (day("from"), day("until"));
        match (from?, until?) {
            (None, None) => self.wrong("from", "Fill in the first day, the last day, or both."),
            (Some(from), Some(until)) if from > until => self.wrong("until", "The last day is before the first one."),
            (from, until) => Some(Period::Days(from, until)),
        }
    }

    /// When events happened.
    ///
    /// # Errors
    /// Nothing more than that there is a problem, which was added.
    pub fn within(&mut self) -> Result<Option<Period>, ()> {
        if self.is_any_time() { Ok(None) } else { self.period().map(Some).ok_or(()) }
    }

    /// The channel; `None`: all.
    pub fn channel(&self) -> Option<Medium> {
        Medium::parse(self.fields.get("channel")).ok()
    }

    /// The channel, which must be chosen.
    pub fn needed_channel(&mut self) -> Option<Medium> {
        self.channel().or_else(|| self.wrong("channel", "Choose a channel."))
    }

    /// What people said, one answer or several.
    pub fn said(&mut self) -> Option<Vec<Said>> {
        let said: Option<Vec<Said>> = self.fields.get("said").split(',').map(|word| word.parse().ok()).collect();
        said.or_else(|| self.wrong("said", "Choose what they said."))
    }

    /// A text of the language.
    pub fn filter(&mut self) -> Option<Filter> {
        let typed = self.fields.get("value");
        match parse(typed) {
            Ok(parsed) if parsed.filter.is_everybody() => self.wrong("value", "Write a condition, such as plan:pro."),
            Ok(parsed) => Some(parsed.filter),
            Err(error) => {
                let column = error.column(typed);
                self.wrong("value", format!("At character {column}: {}", error.message))
            }
        }
    }
}
