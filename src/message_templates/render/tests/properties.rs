use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn nothing_panics(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("{{".to_owned()), Just("}}".into()), Just("{%".into()), Just("%}".into()), Just("if ".into()), Just("endif".into()),
                Just("for x in ".into()), Just("endfor".into()), Just("(1..".into()), Just(")".into()), Just("|".into()), Just(":".into()),
                Just("user.name".into()), Just("user.colours".into()), Just("'".into()), Just("\"".into()), Just("-".into()), Just("é".into()),
                Just("assign a = ".into()), Just("case ".into()), Just("when ".into()), Just("raw".into()), Just("[".into()), Just("]".into()),
                Just("<a href=".into()), Just(">".into()), Just("</".into()), "[a-z0-9.,= \n]{0,6}", ".{0,4}",
            ],
            0..25,
        ),
        place in 0..100_usize,
    ) {
        let text: String = pieces.concat();
        let words = Words { subject: text.clone(), text: text.clone(), html: text.clone() };
        if let Ok(rendered) = render(&words, &known()) {
            prop_assert!(!rendered.subject.contains(['\r', '\n']));
        }
        let filters = filters::all();
        let one = filters[place % filters.len()].reflection().name().to_owned();
        for given in ["", ": 'x'", ": 2", ": -1", ": user.name", ": 'x', '2'", ": 3, user.missing", ": 999999999999999, 999999999999999"] {
            let text = text.replace(['\'', '{', '}', '%'], "");
            for value in [&format!("'{text}'"), "user.colours", "user.points", "user.missing", "user.home", "user.smile", "-7.5"] {
                let _ = part(&format!("{{{{ {value} | {one}{given} }}}}"), Part::Html);
            }
        }
        let _ = text_of_html(&text);
    }

    #[test]
    fn no_value_gets_into_html_unescaped(value in ".{0,40}") {
        let mut known = known();
        known.user.insert("x".into(), Value::from(value));
        let words = Words { html: "{{ user.x }}{{ user.x | escape }}{{ user.x | upcase }}".into(), ..Words::default() };
        let html = render(&words, &known).unwrap().html.unwrap_or_default();
        prop_assert!(!html.contains(['<', '>', '"', '\'']), "{html}");
    }
}
