//! Bodies and headers of calls, in Liquid: what they may name, and how values are escaped.

use liquid::{Object, ParserBuilder, model::Value};

use super::{Outgoing, provider::Format, secret::Secret};

/// A value as the format writes it.
fn escaped(format: Format, value: &str) -> String {
    match format {
        Format::Form => form_urlencoded::byte_serialize(value.as_bytes()).collect(),
        // Without the quotes, which stand in the body.
        Format::Json => {
            let text = serde_json::to_string(value).unwrap_or_default();
            text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
        }
    }
}

fn object(pairs: impl IntoIterator<Item = (&'static str, String)>) -> Object {
    pairs.into_iter().map(|(name, value)| (name.into(), Value::scalar(value))).collect()
}

fn render(template: &str, names: &Object) -> Result<String, String> {
    let parser = ParserBuilder::new().build().map_err(|error| error.to_string())?;
    let parsed = parser.parse(template).map_err(|error| first_line(&error.to_string()))?;
    parsed.render(names).map_err(|error| first_line(&error.to_string()))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("liquid: ").trim().to_owned()
}

/// The body for a message.
///
/// # Errors
/// The template is broken, or names something else than `to`, `text`, `id` and `secret`.
pub fn body(format: Format, template: &str, message: &Outgoing, secret: Option<&Secret>) -> Result<String, String> {
    let values = [
        ("to", message.to.clone()),
        ("text", message.text.clone()),
        ("id", message.id.to_string()),
        ("secret", secret.map(Secret::text).unwrap_or_default().to_owned()),
    ];
    render(template, &object(values.map(|(name, value)| (name, escaped(format, &value)))))
}

/// The value of a header. It has no line breaks, whatever the secret is: see [`Secret::new`].
///
/// # Errors
/// The template is broken, or names something else than the secret.
pub fn header(template: &str, secret: Option<&Secret>) -> Result<String, String> {
    let names = object([
        ("secret", secret.map(Secret::text).unwrap_or_default().to_owned()),
        ("secret_base64", secret.map(Secret::in_base64).unwrap_or_default()),
    ]);
    render(template, &names)
}

/// Checks the template of a body with a message that has all that could break it.
///
/// # Errors
/// The rule, for people.
pub fn check(format: Format, template: &str) -> Result<(), String> {
    let message = Outgoing {
        id: crate::db::ids::MessageId(uuid::Uuid::nil()),
        to: "+4930123456".to_owned(),
        subject: String::new(),
        text: "\"Hello\" & \\good\nbye=1, 🎉".to_owned(),
        html: None,
        unsubscribe: None,
    };
    let secret = Secret::new("s\"e=c&r").ok();
    let made = body(format, template, &message, secret.as_ref())
        .map_err(|error| format!("The body cannot be filled in: {error}. It may name {{{{ to }}}}, {{{{ text }}}}, {{{{ id }}}} and {{{{ secret }}}}."))?;
    if !template.contains("text") || !template.contains("to") {
        return Err("The body must name {{ to }} and {{ text }}.".to_owned());
    }
    if format == Format::Json && serde_json::from_str::<serde_json::Value>(&made).is_err() {
        return Err(
            "Filled in, the body is no JSON. Write the names within quotes, as in \"text\": \"{{ text }}\".".to_owned()
        );
    }
    if format == Format::Form && made.contains(char::is_whitespace) {
        return Err("The body of a form is one line without spaces, as in To={{ to }}&Body={{ text }}.".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Outgoing {
        Outgoing {
            id: crate::db::ids::MessageId(uuid::Uuid::from_u128(5)),
            to: "+4930123".to_owned(),
            subject: String::new(),
            text: text.to_owned(),
            html: None,
            unsubscribe: None,
        }
    }

    #[test]
    fn no_text_breaks_out_of_json_or_of_a_form() {
        let text = "\", \"to\": \"+1\n\\ 🎉 {{ secret }} &To=+1%";
        let json = body(Format::Json, r#"{"to": "{{ to }}", "text": "{{ text }}"}"#, &message(text), None).unwrap();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((read["to"].as_str(), read["text"].as_str()), (Some("+4930123"), Some(text)));
        let form = body(Format::Form, "To={{ to }}&Body={{ text }}", &message(text), None).unwrap();
        let read: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        assert_eq!(read, [("To".to_owned(), "+4930123".to_owned()), ("Body".to_owned(), text.to_owned())]);
    }

    #[test]
    fn headers_have_the_secret_as_it_is_or_for_a_basic_sign_in() {
        let secret = Secret::new("AC1:token").ok();
        assert_eq!(header("Bearer {{ secret }}", secret.as_ref()), Ok("Bearer AC1:token".to_owned()));
        assert_eq!(header("Basic {{ secret_base64 }}", secret.as_ref()), Ok("Basic QUMxOnRva2Vu".to_owned()));
        assert!(header("{{ text }}", secret.as_ref()).is_err());
    }

    #[test]
    fn broken_templates_are_refused_with_the_rule() {
        for (format, template, part) in [
            (Format::Json, "{\"to\": \"{{ to }}\", \"text\": {{ text }}}", "no JSON"),
            (Format::Json, "{\"a\": \"{{ to }} {{ text }} {{ name }}\"}", "It may name"),
            (Format::Json, "{\"to\": \"{{ to \"}", "cannot be filled in"),
            (Format::Json, "{}", "must name"),
            (Format::Form, "To={{ to }}\nBody={{ text }}", "one line"),
        ] {
            let said = check(format, template).unwrap_err();
            assert!(said.contains(part), "{template}: {said}");
        }
        assert_eq!(check(Format::Form, "To={{ to }}&From=%2B1&Body={{ text }}"), Ok(()));
        assert_eq!(check(Format::Json, "{\"a\": [\"{{ to }}\"], \"b\": \"{{ text }}\", \"c\": 1}"), Ok(()));
    }
}
