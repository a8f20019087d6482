//! What a list of profiles shows and how: all of it stands in its address, and a view keeps it.

use super::{Columns, Order};
use crate::{web::pairs::Pairs, words::words};

words! {
    /// Room that a row of the list takes.
    #[derive(Default)]
    pub enum Density {
        #[default]
        Roomy = "roomy", "Roomy";
        /// More rows on a screen.
        Dense = "dense", "Dense";
    }
}

/// Name of the parameter that says which view a list began as.
pub const VIEW: &str = "view";
/// Names of all parameters that say which list it is; which page of it is another matter.
pub const LISTED: [&str; 5] = ["q", "sort", "columns", "density", VIEW];

/// A list of profiles: who, in which order, with which columns (F4.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListState {
    /// The filter, as typed.
    pub typed: String,
    pub order: Order,
    /// `None`: the usual ones.
    pub columns: Option<Columns>,
    pub density: Density,
}

/// Address of the form that keeps those whom a filter finds in the list at `list` now, in a new segment of chosen people.
pub fn keep_found(list: &str, typed: &str) -> String {
    let asked = Pairs::default().with("all", "yes").with("q", typed).with("do", "choose").with("segment", "new");
    asked.address(&format!("{list}/bulk"))
}

impl ListState {
    /// Names of the parameters in addresses and forms.
    pub const NAMES: [&str; 4] = ["q", "sort", "columns", "density"];

    /// Reads an address or a form; what cannot be read is as usual.
    pub fn read(sent: &Pairs) -> Self {
        let [typed, order, columns, density] = Self::NAMES;
        Self {
            typed: sent.get(typed).to_owned(),
            order: sent.parsed(order).unwrap_or_default(),
            columns: Columns::read(sent.get(columns)),
            density: sent.parsed(density).unwrap_or_default(),
        }
    }

    /// The parameters, in one spelling: what is usual is left out.
    pub fn pairs(&self) -> Pairs {
        let [typed, order, columns, density] = Self::NAMES;
        let unless_usual = |text: String, is_usual: bool| if is_usual { String::new() } else { text };
        Pairs::default()
            .with(typed, &self.typed)
            .with(order, &unless_usual(self.order.to_string(), self.order == Order::default()))
            .with(columns, &self.columns.as_ref().map(Columns::to_string).unwrap_or_default())
            .with(density, &unless_usual(self.density.as_str().to_owned(), self.density == Density::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_left_out() {
        let state = |query: &str| ListState::read(&Pairs::parse(query.as_bytes()));
        let all = "q=plan%3Apro&sort=-name&columns=name%2Cplan&density=dense";
        assert_eq!(state(all).pairs().address(""), format!("?{all}"));
        assert_eq!(state("sort=-seen&density=roomy&columns=+&q=+").pairs().address("/l"), "/l");
        assert_eq!(state("sort=x&density=y&after=z"), ListState::default());
    }
}
