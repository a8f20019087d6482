//! Fields as components: label, control, hint and error in one place, with the typed text kept.

use std::borrow::Cow;

use askama::{Template, filters::HtmlSafe};

/// A problem of a field, in words that say what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the field, which is also its id on the page.
    pub field: Cow<'static, str>,
    /// Text for people: what is wrong, and what to do.
    pub message: String,
}

/// Kind of control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// One line of text.
    Text,
    /// An email address.
    Email,
    /// A password, never echoed.
    Password,
    /// Several lines of text.
    Area,
    /// A number, as text: controls for numbers lose digits.
    Number,
    Date,
    /// Date and time without a zone.
    Time,
    /// One of the options.
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
    is_required: bool,
    is_short: bool,
    list: Option<&'static str>,
    options: Vec<(String, String)>,
}

impl HtmlSafe for Field {}

impl Field {
    /// A field without value, hint or problem.
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
            is_required: false,
            is_short: false,
            list: None,
            options: Vec::new(),
        }
    }

    /// Name of the control, which is also its id on the page.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Label for people.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Sets the typed text. A password is not kept.
    pub fn value(mut self, value: &str) -> Self {
        if self.control != Control::Password {
            value.clone_into(&mut self.value);
        }
        self
    }

    /// Sets a hint below the control.
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Sets the id of a `datalist` on the page, which suggests values.
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = Some(id);
        self
    }

    /// Sets the options of a select: value and label.
    pub fn options(mut self, options: impl IntoIterator<Item = (String, String)>) -> Self {
        self.options = options.into_iter().collect();
        self
    }

    /// Sets what the browser may fill in.
    pub fn autocomplete(mut self, what: &'static str) -> Self {
        self.autocomplete = what;
        self
    }

    /// Allows at most this many characters.
    pub fn limit(mut self, characters: usize) -> Self {
        self.limit = characters;
        self
    }

    /// Marks the field as one that must be filled in. The browser lets an empty one through: the server says what is missing.
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// Lets the field share its line with another short one, where there is room.
    pub fn short(mut self) -> Self {
        self.is_short = true;
        self
    }

    /// Shows the first of these problems that is about this field.
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

/// One option of [`Choices`].
#[derive(Clone, Debug)]
pub struct Choice {
    /// Value that is sent.
    pub value: &'static str,
    /// Label for people.
    pub label: &'static str,
    /// Explanation of the option.
    pub hint: &'static str,
    /// Whether it is chosen.
    pub is_on: bool,
}

/// A group of check boxes or radio buttons.
#[derive(Clone, Debug, Template)]
#[template(path = "ui/choices.html")]
pub struct Choices {
    name: &'static str,
    legend: &'static str,
    kind: &'static str,
    options: Vec<Choice>,
    is_colours: bool,
    error: Option<String>,
}

impl HtmlSafe for Choices {}

impl Choices {
    /// A group of check boxes: any number may be ticked.
    pub fn any(name: &'static str, legend: &'static str, options: Vec<Choice>) -> Self {
        Self { name, legend, kind: "checkbox", options, is_colours: false, error: None }
    }

    /// A group of radio buttons: one is chosen.
    pub fn one(name: &'static str, legend: &'static str, options: Vec<Choice>) -> Self {
        Self { name, legend, kind: "radio", options, is_colours: false, error: None }
    }

    /// Shows each option as a label in the colour that its value names.
    pub fn swatches(mut self) -> Self {
        self.is_colours = true;
        self
    }

    /// Id of an option's box, whatever its value is.
    fn id(&self, option: &Choice) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
        format!("{}-{}", self.name, option.value.chars().map(plain).collect::<String>())
    }

    /// Shows the first of these problems that is about this group.
    pub fn problem(mut self, problems: &[Problem]) -> Self {
        self.error = problems.iter().find(|problem| problem.field == self.name).map(|problem| problem.message.clone());
        self
    }
}

/// The list of problems on top of a form that came back; it takes the focus.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "ui/problems.html")]
pub struct Problems(pub Vec<Problem>);

impl HtmlSafe for Problems {}

impl Problems {
    /// Adds a problem.
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into() });
    }

    /// Whether there is no problem.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
