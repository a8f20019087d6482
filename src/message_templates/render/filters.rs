//! The filters of the library, and what is ours around them.

use liquid_core::{
    Error, Expression, Filter, FilterReflection, ParseFilter, Result, Runtime, Value, ValueCow, ValueView,
    parser::FilterArguments,
};
use liquid_lib::stdlib;

use super::{
    LONGEST_RENDERED, dates,
    engine::{LONGEST_LIST, charge},
    lenient::Nothing,
};

/// Bytes that one filter may make, at most.
const MOST_MADE: usize = 4_000_000;

/// Those that look at nothing but their value and their arguments, and our `date`.
pub fn all() -> Vec<Box<dyn ParseFilter>> {
    macro_rules! boxed {
        ($($name:ident)*) => { vec![Box::new(dates::Date), $(Box::new(stdlib::$name)),*] };
    }
    boxed! {
        Abs Append AtLeast AtMost Capitalize Ceil Compact Concat Default DividedBy Downcase Escape EscapeOnce First Floor Join Last Lstrip
        Map Minus Modulo NewlineToBr Plus Prepend Remove RemoveFirst Replace ReplaceFirst Reverse Round Rstrip Size Slice Sort SortNatural
        Split Strip StripHtml StripNewlines Times Uniq Upcase UrlEncode Where TruncateWords Truncate
    }
}

/// A filter of the library, its name and its arguments.
#[derive(Debug)]
pub struct Bounded(Box<dyn Filter>, String, Vec<Expression>);

/// Reads a filter.
#[derive(Clone)]
pub struct Parser(Box<dyn ParseFilter>);

impl Bounded {
    /// With bounds and leniency around a filter.
    pub fn parser(filter: Box<dyn ParseFilter>) -> Parser {
        Parser(filter)
    }

    fn given<'a>(&'a self, runtime: &'a dyn Runtime) -> impl Iterator<Item = ValueCow<'a>> {
        self.2.iter().filter_map(move |it| it.try_evaluate(runtime))
    }

    /// That neither what it makes nor what it reckons becomes too large.
    fn fits(&self, input: &dyn ValueView, length: usize, runtime: &dyn Runtime) -> Result<()> {
        let number =
            |value: &dyn ValueView| value.as_scalar().and_then(|it| it.to_float()).map_or(1.0, |it| it.abs().max(1.0));
        let is_fine = match self.1.as_str() {
            "replace" | "join" => {
                let given: usize = self.given(runtime).map(|it| it.to_kstr().len()).sum();
                length.saturating_add(1).saturating_mul(given) <= MOST_MADE
            }
            // Beyond its numbers, the library panics or goes on with wrong ones.
            "abs" | "plus" | "minus" | "times" | "divided_by" | "modulo" => {
                self.given(runtime).fold(number(input), |all, it| all * number(it.as_view())) < 4e18
            }
            _ => true,
        };
        if is_fine { Ok(()) } else { Err(Error::with_msg("what this makes is too large.")) }
    }

    /// What the library would count in bytes, which are more than characters in most languages.
    fn in_characters(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Option<Value> {
        let count = i64::try_from(input.as_scalar()?.to_kstr().chars().count()).ok()?;
        match self.1.as_str() {
            "size" => Some(Value::scalar(count)),
            "truncate" => {
                let most = self.given(runtime).next().map_or(Some(50), |it| it.as_scalar()?.to_integer())?;
                (count <= most).then(|| input.to_value())
            }
            _ => None,
        }
    }
}

impl std::fmt::Display for Bounded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.1)
    }
}

impl ParseFilter for Parser {
    fn parse(&self, given: FilterArguments<'_>) -> Result<Box<dyn Filter>> {
        let positional: Vec<Expression> = given.positional.collect();
        let name = self.0.reflection().name().to_owned();
        if let ("date", Some(Expression::Literal(format))) = (name.as_str(), positional.first()) {
            dates::check(&format.to_kstr()).map_err(Error::with_msg)?;
        }
        let given = FilterArguments { positional: Box::new(positional.clone().into_iter()), keyword: given.keyword };
        Ok(Box::new(Bounded(self.0.parse(given)?, name, positional)))
    }

    fn reflection(&self) -> &dyn FilterReflection {
        self.0.reflection()
    }
}

impl Filter for Bounded {
    fn evaluate(&self, input: &dyn ValueView, runtime: &dyn Runtime) -> Result<Value> {
        let length = input.to_kstr().len();
        charge(runtime, length)?;
        self.fits(input, length, runtime)?;
        if let Some(made) = self.in_characters(input, runtime) {
            return Ok(made);
        }
        // What is no list counts as an empty one, and what is no number as 0.
        let (list, zero) = (Value::Array(Vec::new()), Value::scalar(0_i64));
        let made = self.0.evaluate(input, runtime);
        let made = made.or_else(|error| {
            self.0.evaluate(&list, runtime).or_else(|_| self.0.evaluate(&zero, runtime)).map_err(|_| error)
        });
        match made {
            Ok(Value::Array(elements)) => Ok(Value::Array(elements.into_iter().take(LONGEST_LIST).collect())),
            Ok(made) if made.to_kstr().len() > LONGEST_RENDERED => {
                Err(Error::with_msg("this text becomes longer than 200 KB."))
            }
            // 0.1 plus 0.2 is 0.3 to whoever reads it.
            Ok(made) if made.type_name() == "fractional number" => {
                let number = made.as_scalar().and_then(|it| it.to_float()).unwrap_or_default();
                Ok(if number.abs() < 1e6 { Value::scalar((number * 1e9).round() / 1e9) } else { made })
            }
            Ok(made) => Ok(made),
            // Values are to blame, and not who wrote the template.
            Err(_) if self.2.iter().any(|it| matches!(it, Expression::Variable(_))) => Ok(Nothing.to_value()),
            Err(error) => Err(error),
        }
    }
}
