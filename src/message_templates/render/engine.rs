//! The engine: the library's language, hand-picked, with what is ours around it. A value that is not known is empty and never an error, work
//! and output have bounds, and each fault has its line.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock},
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use liquid_core::{
    BlockReflection, Error, Language, Object, ParseBlock, ParseTag, Renderable, Result, Runtime, TagBlock,
    TagReflection, TagTokenIter, Template, ValueView, parser::FilterChain, runtime::RuntimeBuilder,
};
use liquid_lib::stdlib;

use super::{
    Known, LONGEST_RENDERED, Wrong,
    filters::{self, Bounded},
    lenient::Lenient,
    source::{self, Source},
};

/// What one part may take: bytes that are worked on, and [`STEP`] for each tag and filter.
pub const MOST_WORK: usize = 20_000_000;
const STEP: usize = 200;
/// Elements of a list, at most; those after them are left out.
pub const LONGEST_LIST: usize = 100;
/// Names the line in an error of the library.
const LINE: &str = "at line";
/// Begins it there.
const MARK: &str = "    at line=";

/// What tags and filters share while one part is rendered.
#[derive(Default)]
pub struct State {
    pub zone: Tz,
    pub now: DateTime<Utc>,
    pub unknown: BTreeSet<String>,
    texts: Arc<[String]>,
    work: usize,
}

/// A template that was read.
#[derive(Debug)]
pub struct Ready {
    template: Template,
    texts: Arc<[String]>,
    /// Names of values that it uses.
    pub names: BTreeSet<String>,
    /// Those of them that are printed.
    pub printed: BTreeSet<String>,
}

/// Built once.
pub static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
    let mut language = Language::empty();
    let blocks: [Box<dyn ParseBlock>; 5] = [
        Box::new(stdlib::IfBlock),
        Box::new(stdlib::UnlessBlock),
        Box::new(stdlib::CaseBlock),
        Box::new(stdlib::ForBlock),
        Box::new(stdlib::CaptureBlock),
    ];
    for block in blocks {
        language.blocks.register(block.reflection().start_tag().to_owned(), Box::new(Ours(block)));
    }
    let tags: [Box<dyn ParseTag>; 4] =
        [Box::new(stdlib::AssignTag), Box::new(stdlib::BreakTag), Box::new(stdlib::ContinueTag), Box::new(Print)];
    for tag in tags {
        language.tags.register(tag.reflection().tag().to_owned(), Box::new(Ours(tag)));
    }
    language.tags.register("say".to_owned(), Box::new(Say));
    for filter in filters::all() {
        language.filters.register(filter.reflection().name().to_owned(), Box::new(Bounded::parser(filter)));
    }
    language
});

impl Ready {
    /// Reads a template. `is_html`: what it prints is escaped.
    ///
    /// # Errors
    /// It is no Liquid of ours.
    pub fn new(template: &str, is_html: bool) -> Result<Self, Wrong> {
        let Source { liquid, texts, names, printed } = source::read(template, is_html)?;
        let elements = caught(|| liquid_core::parser::parse(&liquid, &LANGUAGE))?;
        Ok(Self { template: Template::new(elements), texts: texts.into(), names, printed })
    }

    /// Writes what it says, and adds the names of which nothing is known.
    ///
    /// # Errors
    /// It is too much, or a filter cannot be applied.
    pub fn render(&self, values: &Object, known: &Known, unknown: &mut BTreeSet<String>) -> Result<String, Wrong> {
        self.render_after(&mut 0, values, known, unknown)
    }

    /// [`Ready::render`] of one of several that share what one part may take: `work` is what was done before, and then with it.
    ///
    /// # Errors
    /// As [`Ready::render`].
    pub fn render_after(
        &self,
        work: &mut usize,
        values: &Object,
        known: &Known,
        unknown: &mut BTreeSet<String>,
    ) -> Result<String, Wrong> {
        let runtime = RuntimeBuilder::new().set_globals(values).build();
        let texts = Arc::clone(&self.texts);
        let state = State { zone: known.zone, now: known.now, texts, work: *work, ..State::default() };
        *runtime.registers().get_mut::<State>() = state;
        let mut out = Output(Vec::new());
        caught(|| self.template.render_to(&mut out, &runtime))?;
        let mut state = runtime.registers().get_mut::<State>();
        *work = state.work;
        unknown.append(&mut state.unknown);
        drop(state);
        Ok(String::from_utf8_lossy(&out.0).into_owned())
    }
}

/// What a part says so far.
struct Output(Vec<u8>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST_RENDERED {
            return Err(io::Error::other("too long"));
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Does what the library does. It panics rather than fail in some places, such as sums beyond what its numbers hold: that is a fault as well.
fn caught<T>(what: impl FnOnce() -> Result<T>) -> Result<T, Wrong> {
    match catch_unwind(AssertUnwindSafe(what)) {
        Ok(found) => found.map_err(|error| wrong(&error.to_string())),
        Err(_) => Err((1, "a number is too large to reckon with.".to_owned())),
    }
}

/// The line and a sentence for what the library says.
fn wrong(told: &str) -> Wrong {
    let number = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|it| it.parse().ok());
    let after = |sign: &str| told.rsplit_once(sign).map(|(_, rest)| rest);
    let line = after(MARK).or_else(|| after("--> ")).and_then(number).unwrap_or(1);
    let first = told.lines().next().unwrap_or_default().trim_start_matches("liquid:").trim();
    let field = |name: &str| told.split_once(&format!("    {name}=")).and_then(|(_, rest)| rest.lines().next());
    let what = match (first, field("cause"), field("filter")) {
        (own, ..) if own.ends_with('.') => own.to_owned(),
        (_, Some(cause), Some(filter)) => {
            format!("the filter `{filter}` cannot be applied: {}.", cause.to_lowercase())
        }
        (pest, ..) if pest.starts_with("-->") => match told.rsplit_once("  = ").map(|(_, rest)| rest.trim()) {
            // What the library's own checks say, and not its grammar.
            Some(detail) if detail.ends_with('.') => {
                format!("this cannot be read: {}", detail.replace("FilterChain", "Value"))
            }
            _ => "this cannot be read. Check the names, the quotation marks, and what stands after each |.".to_owned(),
        },
        (first, _, Some(filter)) => format!("the filter `{filter}` cannot be read: {}.", first.to_lowercase()),
        (first, ..) => format!("{}.", first.to_lowercase()),
    };
    (line, what)
}

/// Counts work.
///
/// # Errors
/// It is too much.
pub fn charge(runtime: &dyn Runtime, bytes: usize) -> Result<()> {
    let mut state = runtime.registers().get_mut::<State>();
    state.work = state.work.saturating_add(bytes).saturating_add(STEP);
    if state.work > MOST_WORK {
        return Err(Error::with_msg("this takes too much work. Use fewer or shorter loops."));
    }
    Ok(())
}

fn write(writer: &mut dyn Write, runtime: &dyn Runtime, text: &str) -> Result<()> {
    charge(runtime, text.len())?;
    writer
        .write_all(text.as_bytes())
        .map_err(|_| Error::with_msg("from here on it is longer than 200 KB, the most that a message has."))
}

/// Text of the template.
#[derive(Clone, Debug)]
struct Say;

#[derive(Debug)]
struct Said(usize);

impl TagReflection for Say {
    fn tag(&self) -> &'static str {
        "say"
    }

    fn description(&self) -> &'static str {
        ""
    }
}

impl ParseTag for Say {
    fn parse(&self, mut arguments: TagTokenIter<'_>, _: &Language) -> Result<Box<dyn Renderable>> {
        let index = arguments.next().and_then(|it| it.as_str().trim().parse().ok());
        Ok(Box::new(Said(index.unwrap_or(usize::MAX))))
    }

    fn reflection(&self) -> &dyn TagReflection {
        self
    }
}

impl Renderable for Said {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let texts = Arc::clone(&runtime.registers().get_mut::<State>().texts);
        texts.get(self.0).map_or(Ok(()), |text| write(writer, runtime, text))
    }
}

/// What stands between `{{` and `}}`.
#[derive(Clone, Debug)]
struct Print;

#[derive(Debug)]
struct Printed(FilterChain);

impl TagReflection for Print {
    fn tag(&self) -> &'static str {
        "print"
    }

    fn description(&self) -> &'static str {
        ""
    }
}

impl ParseTag for Print {
    fn parse(&self, mut arguments: TagTokenIter<'_>, language: &Language) -> Result<Box<dyn Renderable>> {
        let token = arguments.expect_next("A name is missing.")?;
        let text = format!("{{{{{}}}}}", token.as_str());
        let chain = token.expect_filter_chain(language).into_result().map_err(|error| {
            // It keeps to itself what is wrong with a filter's arguments.
            let told = liquid_core::parser::parse(&text, language).err();
            told.filter(|told| !told.to_string().contains("--> ")).unwrap_or(error)
        })?;
        arguments.expect_nothing()?;
        Ok(Box::new(Printed(chain)))
    }

    fn reflection(&self) -> &dyn TagReflection {
        self
    }
}

impl Renderable for Printed {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let value = self.0.evaluate(runtime)?;
        write(writer, runtime, &value.to_kstr())
    }
}

/// A tag or a block of the library, with leniency, bounds and lines.
#[derive(Clone)]
struct Ours<P>(P);

/// What [`Ours`] reads: it, its line, and what it costs.
#[derive(Debug)]
struct Lined(Box<dyn Renderable>, String, usize);

impl Lined {
    /// Reads the line, which stands first, and then the rest.
    fn read<'a>(
        mut arguments: TagTokenIter<'a>,
        cost: usize,
        rest: impl FnOnce(TagTokenIter<'a>) -> Result<Box<dyn Renderable>>,
    ) -> Result<Box<dyn Renderable>> {
        let line = arguments.expect_next("A line is missing.")?.as_str().trim().to_owned();
        let has_line = |told: &str| told.contains(MARK) || told.contains("--> ");
        match rest(arguments) {
            Ok(inner) => Ok(Box::new(Self(inner, line, cost))),
            Err(error) if has_line(&error.to_string()) => Err(error),
            Err(error) => Err(error.context(LINE, line)),
        }
    }
}

impl Renderable for Lined {
    fn render_to(&self, writer: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let done = charge(runtime, self.2).and_then(|()| self.0.render_to(writer, &Lenient(runtime)));
        let Err(error) = done else { return Ok(()) };
        let told = error.to_string();
        if told.contains(MARK) {
            return Err(error);
        }
        // A value of another kind than the template's writer thought is as good as none.
        if told.starts_with("liquid: Expected ") { Ok(()) } else { Err(error.context(LINE, self.1.clone())) }
    }
}

impl ParseTag for Ours<Box<dyn ParseTag>> {
    fn parse(&self, arguments: TagTokenIter<'_>, language: &Language) -> Result<Box<dyn Renderable>> {
        Lined::read(arguments, 0, |arguments| self.0.parse(arguments, language))
    }

    fn reflection(&self) -> &dyn TagReflection {
        self.0.reflection()
    }
}

impl ParseBlock for Ours<Box<dyn ParseBlock>> {
    fn parse(
        &self,
        arguments: TagTokenIter<'_>,
        block: TagBlock<'_, '_>,
        language: &Language,
    ) -> Result<Box<dyn Renderable>> {
        // A loop goes round even if nothing in it costs anything.
        let cost = if self.0.reflection().start_tag() == "for" { LONGEST_LIST * STEP / 4 } else { 0 };
        Lined::read(arguments, cost, |arguments| self.0.parse(arguments, block, language))
    }

    fn reflection(&self) -> &dyn BlockReflection {
        self.0.reflection()
    }
}
