//! Pages of views.

use actix_web::http::StatusCode;
use askama::Template;
use diesel::PgConnection;

use super::{
    Ready, View, Views,
    form::{ViewForm, may_change},
    store::{self, Reader},
};
use crate::{
    console::{Request, Shell},
    db::ids::ViewId,
    error::AppError,
    profiles::{Columns, ListState, Order, Sort},
    web::{Answer, FormData, form::Problems, page, page_with, pairs::Pairs, respond::see_other_saying},
};

/// Who reads or changes views by a request.
pub fn reader(request: &Request) -> Reader {
    let scope = request.scope();
    Reader { workspace: scope.workspace.id, operator: scope.operator.id }
}

/// What a list shows, in words: what is as usual is not told.
fn described(state: &ListState) -> String {
    let who = if state.typed.is_empty() { "Everyone".to_owned() } else { state.typed.clone() };
    let Order { sort, descending } = state.order;
    let way = match (sort, descending) {
        (Sort::Name, false) => "A first",
        (Sort::Name, true) => "Z first",
        (_, false) => "oldest first",
        (_, true) => "newest first",
    };
    let order = (state.order != Order::default()).then(|| format!("sorted by {}, {way}", sort.label().to_lowercase()));
    let labels = |columns: &Columns| columns.iter().map(|column| column.label(None)).collect::<Vec<_>>().join(", ");
    let columns = state.columns.as_ref().map(|columns| match labels(columns).as_str() {
        "" => "name alone".to_owned(),
        labels => format!("with {labels}"),
    });
    let density = (state.density != Default::default()).then(|| state.density.label().to_lowercase());
    [Some(who), order, columns, density].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[derive(Template)]
#[template(path = "views/index.html")]
struct IndexPage {
    shell: Shell,
    views: Views,
}

impl IndexPage {
    fn path(&self) -> String {
        self.shell.scope.path("views")
    }

    /// Address of the list as a view shows it.
    fn open(&self, view: &View) -> String {
        view.query().address(&self.shell.scope.path("profiles"))
    }

    fn everyone(&self) -> String {
        self.open_ready(&Ready::Everyone)
    }

    fn open_ready(&self, ready: &Ready) -> String {
        ready.query().address(&self.shell.scope.path("profiles"))
    }

    fn is_first(&self, view: &View) -> bool {
        self.views.default == Some(view.id)
    }

    fn may_change(&self, view: &View) -> bool {
        may_change(self.shell.scope.role, view)
    }
}

#[derive(Template)]
#[template(path = "views/new.html")]
struct NewPage {
    shell: Shell,
    form: ViewForm,
    state: Pairs,
}

impl NewPage {
    fn list(&self) -> String {
        self.state.address(&self.shell.scope.path("profiles"))
    }
}

#[derive(Template)]
#[template(path = "views/edit.html")]
struct EditPage {
    shell: Shell,
    view: View,
    /// `None`: this operator may not change it.
    form: Option<ViewForm>,
    is_default: bool,
}

impl EditPage {
    fn path(&self) -> String {
        self.shell.scope.path(&format!("views/{}", self.view.id))
    }

    /// Address of the list as the view shows it.
    fn open(&self) -> String {
        self.view.query().address(&self.shell.scope.path("profiles"))
    }
}

#[derive(Template)]
#[template(path = "views/delete.html")]
struct DeletePage {
    shell: Shell,
    view: View,
}

#[derive(Template)]
#[template(path = "views/stale.html")]
struct StalePage {
    shell: Shell,
    /// As it is now.
    view: View,
    /// The list that was to be saved.
    mine: ListState,
    state: Pairs,
}

impl StalePage {
    fn path(&self) -> String {
        self.shell.scope.path("views")
    }

    /// Address of the list as the view shows it now.
    fn open(&self) -> String {
        self.view.query().address(&self.shell.scope.path("profiles"))
    }

    /// Address of the form that saves the other list as a new view.
    fn save_as(&self) -> String {
        self.state.address(&self.shell.scope.path("views/new"))
    }
}

pub fn index(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let views = store::read(conn, reader(request))?;
    Ok(page(&IndexPage { shell: request.shell.clone(), views }))
}

fn new_page(request: &Request, status: StatusCode, form: ViewForm) -> Answer {
    let (shell, state) = (request.shell.clone(), form.state.pairs());
    page_with(status, &NewPage { shell, form, state })
}

/// The form that saves a list as a new view; the address says which.
pub fn new(request: &Request, _: &mut PgConnection) -> Result<Answer, AppError> {
    let sent = request.unsent().map_or(&request.query.0, |unsent| &unsent.0);
    Ok(new_page(request, StatusCode::OK, ViewForm::typed(sent, request.scope().role, Problems::default())))
}

/// The form again, with its problems.
pub fn new_again(request: &Request, form: ViewForm) -> Answer {
    new_page(request, StatusCode::UNPROCESSABLE_ENTITY, form)
}

fn find(request: &Request, conn: &mut PgConnection) -> Result<View, AppError> {
    let id: ViewId = request.id()?;
    store::find(conn, reader(request), id)?.ok_or(AppError::NotFound)
}

/// A view: what it shows, and its form for those who may change it.
pub fn edit(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (id, role): (ViewId, _) = (request.id()?, request.scope().role);
    let views = store::read(conn, reader(request))?;
    let view = views.find(id).cloned().ok_or(AppError::NotFound)?;
    let typed = || request.unsent().map(|sent| ViewForm::typed(sent, role, Problems::default()));
    let form = may_change(role, &view).then(|| typed().unwrap_or_else(|| ViewForm::of(&view, role)));
    let is_default = views.default == Some(id);
    Ok(page(&EditPage { shell: request.shell.clone(), view, form, is_default }))
}

/// The form again, with its problems.
pub fn edit_again(request: &Request, view: View, form: ViewForm) -> Answer {
    edit_with(request, StatusCode::UNPROCESSABLE_ENTITY, view, form)
}

fn edit_with(request: &Request, status: StatusCode, view: View, form: ViewForm) -> Answer {
    page_with(status, &EditPage { shell: request.shell.clone(), view, form: Some(form), is_default: false })
}

/// The form again, because somebody else changed the view: sent once more, it counts.
pub fn edit_stale(request: &Request, now: View, sent: &FormData) -> Answer {
    let problem = format!(
        "Somebody changed this view meanwhile: it is called {}, and {} has it. Save once more to keep what you typed.",
        now.name,
        if now.is_shared() { "everybody" } else { "one person" }
    );
    let form = ViewForm::wrong(sent, request.scope().role, &problem).based_on(now.version);
    edit_with(request, StatusCode::CONFLICT, now, form)
}

/// Both lists, because somebody else changed the view.
pub fn save_stale(request: &Request, now: View, mine: ListState) -> Answer {
    let (shell, state) = (request.shell.clone(), mine.pairs());
    page_with(StatusCode::CONFLICT, &StalePage { shell, view: now, mine, state })
}

/// The question before a view is deleted.
pub fn delete(request: &Request, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let view = find(request, conn)?;
    if !may_change(request.scope().role, &view) {
        let page = request.scope().path(&format!("views/{}", view.id));
        return Ok(see_other_saying(&page, "Only admins can delete a shared view."));
    }
    Ok(page(&DeletePage { shell: request.shell.clone(), view }))
}
