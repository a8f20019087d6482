use super::*;

/// The examples of the documentation: each is followed by what it says for the person of these tests.
#[test]
fn the_examples_of_the_documentation_hold() {
    let text = include_str!("../../../../docs/message-templates.md");
    let blocks: Vec<(&str, &str)> = text
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
        .filter(|(kind, _)| matches!(*kind, "liquid" | "text"))
        .collect();
    assert!(blocks.len() >= 10 && blocks.len().is_multiple_of(2), "{}", blocks.len());
    for pair in blocks.chunks(2) {
        let [("liquid", example), ("text", said)] = pair else { panic!("an example and what it says: {pair:?}") };
        let found = part(example.trim_end(), Part::Text).map(|(said, _)| said.trim_end().to_owned());
        assert_eq!(found, Ok(said.trim_end().to_owned()), "{example}");
    }
    for filter in filters::all() {
        let name = filter.reflection().name().to_owned();
        assert!(text.contains(&format!("`{name}`")), "the filter {name} is in the documentation");
    }
}
