use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::*;

mod documentation;
mod properties;

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn known() -> Known {
    Known {
        user: fields(json!({
            "name": "Ann Lee", "first_name": "Ann", "language": "de", "vip": true, "points": 1200, "price": "12.50",
            "evil": "<script>alert('1')</script> \" & '", "code": "{{ user.name }}{% if %}", "born": "1990-02-03",
            "seen": "2026-11-20T23:30:00Z", "colours": ["red", "blue", "red"], "First Name": "Annie", "nothing": null,
            "arabic": "مرحبا", "smile": "👩‍👩‍👧", "home": {"city": "Rome", "floors": [1, 2]}, "lines": "a\r\nb\tc",
            "other": "vip",
        })),
        event: fields(
            json!({"order_id": "A-1", "products": [{"name": "Tea", "price": 12.5}, {"name": "Cup & saucer", "price": 3}]}),
        ),
        workspace: fields(json!({"name": "Acme"})),
        links: Some(Links {
            unsubscribe_url: "https://kith.test/u?a=1&b=2".into(),
            preferences_url: "https://kith.test/p".into(),
            confirm_url: None,
        }),
        zone: Tz::Europe__Rome,
        now: DateTime::from_timestamp(1_796_000_000, 0).unwrap(),
    }
}

fn part(text: &str, part: Part) -> Result<(String, Vec<String>), String> {
    let mut words = Words::default();
    match part {
        Part::Subject => words.subject = text.into(),
        Part::Text => words.text = text.into(),
        Part::Html => words.html = text.into(),
    }
    let rendered = render(&words, &known()).map_err(|fault| fault.to_string())?;
    let said = match part {
        Part::Subject => rendered.subject,
        Part::Text => rendered.text,
        Part::Html => rendered.html.unwrap_or_default(),
    };
    Ok((said, rendered.unknown))
}

#[track_caller]
fn says(text: &str, said: &str) {
    assert_eq!(part(text, Part::Text).map(|(said, _)| said), Ok(said.to_owned()), "{text}");
}

#[track_caller]
fn html(text: &str, said: &str) {
    assert_eq!(part(text, Part::Html).map(|(said, _)| said), Ok(said.to_owned()), "{text}");
}

#[track_caller]
fn fails(text: &str, sentence: &str) {
    assert_eq!(part(text, Part::Text).map(|(said, _)| said), Err(sentence.to_owned()), "{text}");
}

#[test]
fn values_are_printed_and_filtered() {
    for (text, said) in [
        ("Hi {{ user.first_name }}!", "Hi Ann!"),
        ("{{ user['First Name'] }} {{user[\"name\"]|upcase}}", "Annie ANN LEE"),
        ("{{ user.home.city }} {{ user.home.floors[1] }} {{ user.home.floors[-1] }}", "Rome 2 2"),
        ("{{ event.products[0].name }}, {{ event.products.size }}", "Tea, 2"),
        ("{{ event.products.first.price }}", "12.5"),
        ("{{ user.points | plus: 1 }} {{ user.price | times: 2 }} {{ 0.1 | plus: 0.2 }}", "1201 25 0.3"),
        ("{{ 7 | divided_by: 2 }} {{ 7.0 | divided_by: 2 }} {{ 7 | modulo: 3 }}", "3 3.5 1"),
        ("{{ 2.345 | round: 2 }} {{ 2.6 | round }} {{ 5 | minus: 7 }}", "2.35 3 -2"),
        ("{{ user.colours | join: \", \" }} {{ user.colours | uniq | size }}", "red, blue, red 2"),
        ("{{ \"a-b-c\" | split: \"-\" | last }} {{ \" x \" | strip }}", "c x"),
        ("{{ \"shop\" | capitalize | append: \"!\" | prepend: \"The \" }}", "The Shop!"),
        ("{{ \"a long sentence\" | truncate: 8 }} {{ \"one two three\" | truncatewords: 2 }}", "a lon... one two..."),
        ("{{ \"a-a\" | replace: \"a\", \"b\" }} {{ \"a-a\" | remove: \"-\" }}", "b-b aa"),
        ("{{ \"x y&z\" | url_encode }} {{ user.name | slice: 0, 3 }}", "x%20y%26z Ann"),
        ("{{ user.nothing | default: \"you\" }} {{ user.name | default: \"you\" }}", "you Ann Lee"),
        ("{{ workspace.name }} {{ preferences_url }}", "Acme https://kith.test/p"),
        ("a {{- user.first_name -}} b", "aAnnb"),
        ("{% assign total = user.points | plus: 5 %}{{ total }}", "1205"),
        ("{% comment %} {{ what ever }} {% endcomment %}x{% raw %}{{ y }}{% endraw %}", "x{{ y }}"),
        ("{{ user.arabic }} {{ user.smile }} {{ user.arabic | slice: 0, 2 }}", "مرحبا 👩‍👩‍👧 مر"),
        ("{{ user.arabic | truncate: 5 }} {{ user.arabic | size }} {{ user.smile | size }}", "مرحبا 5 5"),
        ("{{ \"}}\" }}", "}}"),
    ] {
        says(text, said);
    }
}

#[test]
fn words_are_read_once_for_many() {
    let words = Words { text: "{{ user.name }}{% assign a = 1 %}".into(), ..Words::default() };
    let prepared = prepare(&words).unwrap();
    let mut other = known();
    other.user.insert("name".into(), json!("Bob"));
    assert_eq!(prepared.render(&known()).unwrap().text, "Ann Lee");
    assert_eq!(prepared.render(&other).unwrap().text, "Bob");
}

#[test]
fn names_are_found() {
    let text = "{{ user['First Name'] | default: workspace.name }}{% for it in event.products limit: user.most %}\
                {{ it.name }}{{ forloop.index }}{% endfor %}{% if user.a == 'user.b' and c.d[0].e contains unsubscribe_url %}{% endif %}\
                {% raw %}{{ raw }}{% endraw %}{% comment %}{{ comment }}{% endcomment %}";
    let names = names(&Words { text: text.into(), ..Words::default() }).unwrap();
    let expected =
        ["c.d", "event.products", "unsubscribe_url", "user.First Name", "user.a", "user.most", "workspace.name"];
    assert_eq!(names, expected.map(str::to_owned).into());
}

#[test]
fn conditions_choose() {
    for (text, said) in [
        ("{% if user.vip %}a{% else %}b{% endif %}", "a"),
        ("{% unless user.vip %}a{% else %}b{% endunless %}", "b"),
        ("{% if user.points > 2000 %}a{% elsif user.points >= 1200 %}b{% else %}c{% endif %}", "b"),
        ("{% if user.colours contains 'blue' and user.name contains 'Lee' %}a{% endif %}", "a"),
        ("{% if user.nothing == nil or false %}a{% endif %}{% if user.missing == empty %}b{% endif %}", "ab"),
        ("{% case user.language %}{% when 'en' %}Hello{% when 'de', 'at' %}Hallo{% else %}?{% endcase %}", "Hallo"),
        ("{% case user.points %}{% when 1 %}x{% else %}y{% endcase %}", "y"),
        ("{% if user.price == '12.50' %}a{% endif %}{% if user.name != 'x' %}b{% endif %}", "ab"),
    ] {
        says(text, said);
    }
}

#[test]
fn loops_are_bounded() {
    let list = "{% for it in event.products %}{{ forloop.index }}. {{ it.name }}{% unless forloop.last %}, {% endunless %}{% endfor %}";
    says(list, "1. Tea, 2. Cup & saucer");
    says("{% for it in user.missing %}x{% else %}none{% endfor %}{% for it in user.name %}x{% endfor %}", "none");
    says(
        "{% for i in (1..3) reversed %}{{ i }}{% endfor %}{% for i in user.colours offset:1 %}{{ i }}{% endfor %}",
        "321bluered",
    );
    says("{% for i in (1..9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "12");
    says("{% for i in (1..3) %}{% assign sum = sum | plus: i %}{% endfor %}{{ sum }}{{ i }}", "6");
    let range = "Text, line 1: ( ) can hold only a range of at most 100 numbers, such as (1..5).";
    says("{% for i in (1..100) %}x{% endfor %}", &"x".repeat(100));
    fails("{% for i in (1..1000000000) %}x{% endfor %}", range);
    fails("{% for i in (1..user.points) %}x{% endfor %}", range);
    let nested =
        |loops: usize, inner: &str| "{% for i in (1..100) %}".repeat(loops) + inner + &"{% endfor %}".repeat(loops);
    fails(&nested(3, "x"), "Text, line 1: at most 2 loops can stand within each other.");
    says(&nested(2, "x"), &"x".repeat(10_000));
    let work = "Text, line 1: this takes too much work. Use fewer or shorter loops.";
    fails(&nested(2, &"{% assign a = 1 %}".repeat(20)), work);
    fails(&nested(2, "").repeat(3000), work);
    let mut known = known();
    known.event.insert("many".into(), (0..250).collect());
    let words = Words { text: "{% for i in event.many %}x{% endfor %}".into(), ..Words::default() };
    assert_eq!(render(&words, &known).unwrap().text.len(), 100);
}

#[test]
fn nothing_becomes_huge() {
    let doubled = "{% assign a = 'xxxxxxxxxx' %}".to_owned() + &"{% assign a = a | append: a %}\n".repeat(40);
    fails(&doubled, "Text, line 15: this text becomes longer than 200 KB.");
    let most = "{% assign a = 'xxxxxxxxxx' %}".to_owned() + &"{% assign a = a | append: a %}".repeat(14);
    fails(&(most.clone() + "{{ a | replace: 'x', a }}"), "Text, line 1: what this makes is too large.");
    fails(
        &(most.clone() + "\n{{ a }}{{ a }}"),
        "Text, line 2: from here on it is longer than 200 KB, the most that a message has.",
    );
    let captured = "{% for i in (1..100) %}{% for j in (1..100) %}{% capture b %}{{ b }}{{ a }}{% endcapture %}{% endfor %}{% endfor %}";
    fails(&(most + captured), "Text, line 1: this takes too much work. Use fewer or shorter loops.");
}

#[test]
fn strange_templates_take_no_time() {
    for text in [
        " ".repeat(LONGEST_PART),
        format!("{{{{ {} }}}}", "\n".repeat(LONGEST_PART / 2)),
        "{{ a }}\n".repeat(LONGEST_PART / 80),
        format!("{{{{ {} }}}}", "a[".repeat(900)),
        format!("{{% raw %}}{{{{ {}", "a[".repeat(40_000)),
        format!("{{% if a %}}{}", "{% elsif a %}".repeat(7_000)),
    ] {
        let _ = part(&text, Part::Text);
        let _ = part(&text, Part::Html);
    }
}

#[test]
fn html_escapes_values_and_nothing_else_does() {
    let evil = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &quot; &amp; &#39;";
    html("<p title=\"{{ user.evil }}\">{{ user.evil }}</p>", &format!("<p title=\"{evil}\">{evil}</p>"));
    html("{{ user.evil | escape }}", evil);
    html("{{ user.evil | escape | append: '<b>' }}", &format!("{evil}&lt;b&gt;"));
    html("{{ 'a &amp; b' }} {{ 'a &amp; b' | escape_once }}", "a &amp;amp; b a &amp; b");
    // Filters and conditions see the value, not its escaped text.
    html(
        "{% if event.products[1].name == 'Cup & saucer' %}{{ 'a&b' | upcase }} {{ 'a&b' | size }}{% endif %}",
        "A&amp;B 3",
    );
    html("<a href=\"{{ unsubscribe_url }}\">x</a>", "<a href=\"https://kith.test/u?a=1&amp;b=2\">x</a>");
    says("{{ user.evil }}", "<script>alert('1')</script> \" & '");
    assert_eq!(
        part("{{ user.evil }}\n{{ user.lines }}", Part::Subject).unwrap().0,
        "<script>alert('1')</script> \" & ' a b c"
    );
}

#[test]
fn what_a_value_holds_is_no_liquid() {
    says("{{ user.code }}", "{{ user.name }}{% if %}");
    says("{% assign a = user.code %}{{ a | append: '{{ x }}' }}", "{{ user.name }}{% if %}{{ x }}");
}

#[test]
fn unknown_names_are_empty_and_told() {
    let (said, unknown) = part(
        "[{{ user.firstname }}{{ user.a.b.c }}{{ nobody }}{{ event.x[0].y | default: 'd' }}{{ user.nothing }}{{ confirm_url }}]\
         {% if user.gone > 3 %}{% endif %}",
        Part::Text,
    )
    .unwrap();
    assert_eq!(said, "[d]");
    assert_eq!(unknown, ["event.x.0.y", "nobody", "user.a.b.c", "user.firstname", "user.gone"]);
}

#[test]
fn times_are_in_the_zone_of_the_person() {
    for (text, said) in [
        ("{{ user.seen | date: '%d.%m.%Y %H:%M' }}", "21.11.2026 00:30"),
        ("{{ user.born | date: '%-d %B %Y' }}", "3 February 1990"),
        ("{{ 'now' | date: '%Y' }} {{ 1796000000 | date: '%Y' }} {{ 1796000000000 | date: '%Y' }}", "2026 2026 2026"),
        ("{{ 'soon' | date: '%Y' }}{{ user.nothing | date: '%Y' }}", "soon"),
    ] {
        says(text, said);
    }
    fails(
        "{{ user.seen | date: '%Q' }}",
        "Text, line 1: “%Q” is no format of a date, such as \"%d.%m.%Y\" or \"%H:%M\".",
    );
}

#[test]
fn faults_are_one_sentence_with_a_line() {
    for (text, sentence) in [
        ("a\nb\n{% if user.vip %}\nx", "line 3: `{% if %}` is not closed."),
        ("a\n{{ user.name", "line 2: `{{` is not closed with `}}`."),
        ("{% if a %}\n{% endfor %}", "line 2: `{% endfor %}` does not belong to `{% if %}` of line 1."),
        ("\n\n{% endif %}", "line 3: `{% endif %}` stands alone: nothing was opened before it."),
        (
            "{% include 'x' %}",
            "line 1: there is no tag “include”. Known are assign, break, capture, case, comment, continue, for, if, raw and unless.",
        ),
        (
            "{% iff a %}",
            "line 1: there is no tag “iff”. Known are assign, break, capture, case, comment, continue, for, if, raw and unless.",
        ),
        ("{{ a | plus }}", "line 1: the filter `plus` cannot be applied: expected at least 1 positional argument."),
        (
            "{{ a | upcase: 1 }}",
            "line 1: the filter `upcase: 1` cannot be applied: expected at most 0 positional arguments.",
        ),
        ("{{ }}", "line 1: a name is missing between `{{` and `}}`."),
        (
            "{{ user. }}",
            "line 1: this cannot be read. Check the names, the quotation marks, and what stands after each |.",
        ),
        ("{{ 'x }}", "line 1: the quotation mark ' is not closed."),
        (
            "{{ user name }}",
            "line 1: this cannot be read. Check the names, the quotation marks, and what stands after each |.",
        ),
        ("{% assign user = 1 %}", "line 1: “user” cannot be assigned. Choose another name."),
        ("{% raw %}\n{{ x }}", "line 1: `{% raw %}` is not closed with `{% endraw %}`."),
        ("{{ 5 | divided_by: 0 }}", "line 1: the filter `divided_by` cannot be applied: can't divide by zero."),
        ("{% for x of y %}{% endfor %}", "line 1: this cannot be read: \"in\" expected."),
    ] {
        fails(text, &format!("Text, {sentence}"));
    }
    fails(
        "a\n{% for x in user.colours %}\n\n{{ 5 | divided_by: 0 }}{% endfor %}",
        "Text, line 4: the filter `divided_by` cannot be applied: can't divide by zero.",
    );
    fails(
        "{% if a %}\n{% if a = 1 %}{% endif %}{% endif %}",
        "Text, line 2: this cannot be read: \"and\" or \"or\" expected.",
    );
    fails("{% if a ==\n %}{% endif %}", "Text, line 1: this cannot be read: Value expected.");
    fails("a\n{% assign x = %}", "Text, line 2: this cannot be read: Value expected.");
    fails(
        "a\n{% assign x = y | plus %}",
        "Text, line 2: this cannot be read. Check the names, the quotation marks, and what stands after each |.",
    );
    fails(
        "a\n{% case a %}\n{% when %}{% endcase %}",
        "Text, line 3: this cannot be read. Check the names, the quotation marks, and what stands after each |.",
    );
    fails(
        "a\n\n{{ \"a\nb\" | plus: | }}",
        "Text, line 4: this cannot be read. Check the names, the quotation marks, and what stands after each |.",
    );
    fails(
        "{{ 999999999999999 | times: 999999999999999 | times: 999999999999999 }}",
        "Text, line 1: what this makes is too large.",
    );
    assert!(
        part("{{ a | shout }}", Part::Text)
            .unwrap_err()
            .starts_with("Text, line 1: there is no filter “shout”. Known are abs,")
    );
    let deep = "{% if a %}".repeat(50_000);
    fails(&deep, "Text, line 1: there are more than 50 blocks within each other, or branches.");
    let long = format!("{{% if {} a %}}{{% endif %}}", "a or ".repeat(20_000));
    fails(&long, "Text, line 1: a tag has at most 2000 characters.");
    fails("{{ 99999999999999999999999 }}", "Text, line 1: a number of the template is too long.");
}

#[test]
fn a_campaign_leads_to_the_choices_of_the_person() {
    let words = |text: &str, html: &str| Words { subject: "x".into(), text: text.into(), html: html.into() };
    let told = |words: &Words| check(words, true).map_err(|fault| fault.to_string());
    let link = "<a href=\"{{ unsubscribe_url }}\">No more</a>";
    assert_eq!(told(&words("", link)), Ok(()));
    assert_eq!(told(&words("{{ preferences_url }}", link)), Ok(()));
    let way_out = "a campaign by email needs a way out. Add a link to {{ unsubscribe_url }} or {{ preferences_url }}.";
    assert_eq!(told(&words("Hi", link)), Err(format!("Text, line 1: {way_out}")));
    assert_eq!(
        told(&words("", "{% comment %}{{ unsubscribe_url }}{% endcomment %}x")),
        Err(format!("HTML, line 1: {way_out}"))
    );
    // To ask for it is not to print it.
    assert!(told(&words("", "{% if unsubscribe_url %}x{% endif %}")).is_err());
    assert_eq!(check(&words("Hi", ""), false), Ok(()));
    assert!(check(&words(&"x".repeat(LONGEST_PART + 1), ""), false).is_err());
}

#[test]
fn text_is_made_of_html() {
    for (html, text) in [
        ("<p>Hello <b>Ann</b>,</p><p>two&nbsp;lines<br>here</p>", "Hello Ann,\n\ntwo lines\nhere"),
        (
            "<ul><li>Tea</li><li>Cup<ol><li>big</li><li>small</li></ol></li></ul>after",
            "- Tea\n- Cup\n  1. big\n  2. small\n\nafter",
        ),
        (
            "Read <a href='https://a.test/x?a=1&amp;b=2'>the news</a> now",
            "Read the news (https://a.test/x?a=1&b=2) now",
        ),
        ("<a href='https://a.test/'>https://a.test/</a> <a href='#top'>up</a>", "https://a.test/ up"),
        ("<a href='mailto:a@b.test'>a@b.test</a>", "a@b.test"),
        ("<a href='https://a.test/'><img alt='Logo' src='x'></a>", "Logo (https://a.test/)"),
        (
            "<html><head><title>No</title><style>p { color: red }</style></head><body>Yes<script>no()</script></body></html>",
            "Yes",
        ),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<h1>Hi</h1>a &lt; b &amp; c<!-- no -->", "Hi\n\na < b & c"),
        ("<p>مرحبا 👩‍👧</p>", "مرحبا 👩‍👧"),
        ("<p>open <a href=x>never", "open never (x)"),
        ("", ""),
    ] {
        assert_eq!(text_of_html(html), text, "{html}");
    }
    let words = Words { html: "<p>{{ user.evil }}</p>".into(), ..Words::default() };
    let rendered = render(&words, &known()).unwrap();
    assert_eq!(rendered.text, "<script>alert('1')</script> \" & '");
}
