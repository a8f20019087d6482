//! The row of views above the list, with what can be done about a changed one.

use askama::{Template, filters::HtmlSafe};

use super::{Ready, View, Views, form::may_change};
use crate::{
    console::Request,
    profiles::{ListState, VIEW},
    web::pairs::Pairs,
};

/// A link of the row.
struct Tab {
    label: String,
    /// What the view shows, where its name does not say it.
    about: &'static str,
    address: String,
    is_current: bool,
}

/// The view as which the list began.
enum Began {
    Ready(Ready),
    Saved(View),
}

impl Began {
    /// The view that an address names, else the ready one that shows the same.
    fn of(query: &Pairs, views: &Views, state: &ListState) -> Option<Self> {
        let named: Option<Ready> = query.parsed(VIEW);
        let saved = || views.find(query.parsed(VIEW)?).cloned().map(Self::Saved);
        let same = || Ready::ALL.into_iter().find(|ready| ready.state() == *state).map(Self::Ready);
        named.map(Self::Ready).or_else(saved).or_else(same)
    }

    fn state(&self) -> ListState {
        match self {
            Self::Ready(ready) => ready.state(),
            Self::Saved(view) => view.state.clone(),
        }
    }
}

/// The row of views above the list.
#[derive(Template)]
#[template(path = "views/_bar.html")]
pub struct Bar {
    tabs: Vec<Tab>,
    /// The saved view, if the list began as one.
    view: Option<View>,
    /// Whether the list shows something else than the view as which it began.
    is_changed: bool,
    may_change: bool,
    may_save: bool,
    state: Pairs,
    csrf: String,
    /// Address of the form that makes a segment of the list; `None`: it is of everybody.
    as_segment: Option<String>,
    /// Address of the views.
    path: String,
}

impl HtmlSafe for Bar {}

/// Saved views in the row at most; all of them are on a page of their own.
const MOST: usize = 8;

impl Bar {
    /// The row above a list with that query.
    pub fn new(request: &Request, views: &Views, query: &Pairs, state: &ListState) -> Self {
        let (scope, list) = (request.scope(), request.scope().path("profiles"));
        let began = Began::of(query, views, state);
        let is_changed = began.as_ref().is_none_or(|began| began.state() != *state);
        let ready = |ready: Ready| Tab {
            label: ready.label().to_owned(),
            about: ready.about(),
            address: ready.query().address(&list),
            is_current: matches!(began, Some(Began::Ready(it)) if it == ready),
        };
        let is_current = |view: &View| matches!(&began, Some(Began::Saved(it)) if it.id == view.id);
        let saved = views.saved.iter().enumerate().filter(|(place, view)| *place < MOST || is_current(view));
        let saved = saved.map(|(_, view)| Tab {
            label: view.name.clone(),
            about: if view.is_shared() { "Shared with everybody in the workspace" } else { "Only you have this view" },
            address: view.query().address(&list),
            is_current: is_current(view),
        });
        let others = Ready::ALL.into_iter().filter(|it| *it != Ready::Everyone).map(ready);
        let duplicates = Tab {
            label: "Duplicates".to_owned(),
            about: "People who may be the same person",
            address: scope.path("merges"),
            is_current: false,
        };
        let tabs = [ready(Ready::Everyone)].into_iter().chain(saved).chain(others).chain([duplicates]).collect();
        let view = if let Some(Began::Saved(view)) = began { Some(view) } else { None };
        Self {
            tabs,
            may_change: view.as_ref().is_some_and(|view| may_change(scope.role, view)),
            view,
            is_changed,
            may_save: scope.role.can_save_views(),
            state: state.pairs(),
            as_segment: (!state.typed.is_empty())
                .then(|| Pairs::default().with("q", &state.typed).address(&scope.path("segments/new"))),
            csrf: request.shell.csrf.clone(),
            path: scope.path("views"),
        }
    }

    /// Address of the form that saves the list as a new view.
    fn save_as(&self) -> String {
        self.state.address(&format!("{}/new", self.path))
    }
}
