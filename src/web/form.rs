//! Fields as components: label, control, hint and error in one place, with what was typed kept in them.

use std::borrow::Cow;

use askama::{Template, filters::HtmlSafe};

/// Something wrong with a field, in words that say what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the field, which is also its id on the page.
    pub field: Cow<'static, str>,
    /// What is wrong.
    pub message: String,
}

/// What kind of control a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// One line.
    Text,
    /// An e-mail address.
    Email,
    /// Never echoed.
    Password,
    /// Several lines.
    Area,
    /// A number, as text: controls for numbers lose digits.
    Number,
    /// A day.
    Date,
    /// A moment without a zone.
    Time,
    /// One of its options.
    Select,
}

/// A labelled control.
#[derive(Clone, Debug, Template)]
#[template(path = "ui/field.html")]
pub struct Field {
    name: Cow<'static, str>,
    label: Cow<'static, str>,
    control: Control,
    value: String,
    hint: Cow<'static, str>,
    error: Option<String>,
    autocomplete: &'static str,
    limit: usize,
    list: Option<&'static str>,
    options: Vec<(String, String)>,
}

impl HtmlSafe for Field {}

impl Field {
    /// A field with what was typed into it, if anything, and what is wrong with that.
    pub fn new(name: impl Into<Cow<'static, str>>, label: impl Into<Cow<'static, str>>, control: Control) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            control,
            value: String::new(),
            hint: Cow::Borrowed(""),
            error: None,
            autocomplete: "off",
            limit: 0,
            list: None,
            options: Vec::new(),
        }
    }

    /// What was typed. A password is not kept.
    pub fn value(mut self, value: &str) -> Self {
        if self.control != Control::Password {
            value.clone_into(&mut self.value);
        }
        self
    }

    /// A word of help.
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The id of a `datalist` on the page, from which one may choose.
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = Some(id);
        self
    }

    /// What one chooses from: what is sent, and what people read.
    pub fn options(mut self, options: impl IntoIterator<Item = (String, String)>) -> Self {
        self.options = options.into_iter().collect();
        self
    }

    /// What the browser may fill in by itself.
    pub fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = what;
        self
    }

    /// At most this many characters.
    pub fn limit(mut self, characters: usize) -> Self {
        self.limit = characters;
        self
    }

    /// The first of these problems that is about this field.
    pub fn problem(mut self, problems: &[Problem]) -> Self {
        self.error = problems.iter().find(|problem| problem.field == self.name).map(|problem| problem.message.clone());
        self
    }

    fn kind(&self) -> &'static str {
        match self.control {
            Control::Email => "email",
            Control::Password => "password",
            Control::Date => "date",
            Control::Time => "datetime-local",
            Control::Text | Control::Number | Control::Area | Control::Select => "text",
        }
    }
}

/// One of several things to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What it means.
    pub hint: &'static str,
    /// It is chosen.
    pub is_on: bool,
}

/// A group of boxes to tick, or of which one is chosen.
#[derive(Clone, Debug, Template)]
#[template(path = "ui/choices.html")]
pub struct Choices {
    name: &'static str,
    legend: &'static str,
    kind: &'static str,
    options: Vec<Choice>,
    error: Option<String>,
}

impl HtmlSafe for Choices {}

impl Choices {
    /// Any number of these.
    pub fn any(name: &'static str, legend: &'static str, options: Vec<Choice>) -> Self {
        Self { name, legend, kind: "checkbox", options, error: None }
    }

    /// One of these.
    pub fn one(name: &'static str, legend: &'static str, options: Vec<Choice>) -> Self {
        Self { name, legend, kind: "radio", options, error: None }
    }

    /// The first of these problems that is about this group.
    pub fn problem(mut self, problems: &[Problem]) -> Self {
        self.error = problems.iter().find(|problem| problem.field == self.name).map(|problem| problem.message.clone());
        self
    }
}

/// The list of what is wrong, on top of a form that came back; it takes the focus.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/problems.html")]
pub struct Problems(pub Vec<Problem>);

impl HtmlSafe for Problems {}

impl Problems {
    /// Notes one more.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into() });
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
