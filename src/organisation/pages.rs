//! Pages of the organisation.

use actix_web::http::StatusCode;
use askama::Template;
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{
    form::{AdminForm, GroupForm, WorkspaceForm},
    store::{self, MOST_COUNTED, Summary},
};
use crate::{
    auth::{
        Role, Session,
        organisation::{self, OrganisationAdmin},
    },
    console::{Notice, OwnRequest},
    db::ids::{WorkspaceGroupId, WorkspaceId},
    error::AppError,
    operators::roles,
    web::{
        Answer, Field, FormData, Now, Timestamp,
        form::{Choices, Control, Problems},
        page_with,
        respond::Flash,
        see_other,
        words::grouped,
    },
    workspaces::{
        self, Workspace,
        groups::{self, Group, MOST_MEMBERS},
    },
};

/// What surrounds a page of the organisation.
struct Frame {
    session: Session,
    flash: Option<Flash>,
    now: Now,
}

impl Frame {
    fn of(request: &OwnRequest) -> Self {
        Self { session: request.session.clone(), flash: request.flash.clone(), now: request.now }
    }

    fn notice(&self) -> Notice<'_> {
        Notice::new(self.flash.as_ref())
    }

    fn moment(&self, at: &DateTime<Utc>) -> Timestamp {
        Timestamp::new(*at, self.now)
    }

    fn role_in(&self, workspace: &Workspace) -> Option<Role> {
        self.session.membership(&workspace.slug).map(|membership| membership.role)
    }
}

#[derive(Template)]
#[template(path = "organisation/index.html")]
struct IndexPage {
    frame: Frame,
    workspaces: Vec<Summary>,
    groups: Vec<Group>,
    admins: Vec<OrganisationAdmin>,
}

impl IndexPage {
    /// Name of the group that a workspace is in, and its address.
    fn group(&self, summary: &Summary) -> Option<(&str, String)> {
        let group = self.groups.iter().find(|group| Some(group.id) == summary.group)?;
        Some((&group.name, group_path(&group.id)))
    }

    fn profiles(&self, summary: &Summary) -> String {
        let most = grouped(MOST_COUNTED);
        if summary.profiles > MOST_COUNTED { format!("more than {most}") } else { grouped(summary.profiles) }
    }
}

#[derive(Template)]
#[template(path = "organisation/workspace.html")]
struct WorkspacePage {
    frame: Frame,
    form: WorkspaceForm,
}

#[derive(Template)]
#[template(path = "organisation/role.html")]
struct RolePage {
    frame: Frame,
    workspace: Workspace,
    role: Choices,
}

#[derive(Template)]
#[template(path = "organisation/new_group.html")]
struct NewGroupPage {
    frame: Frame,
    form: GroupForm,
}

#[derive(Template)]
#[template(path = "organisation/group.html")]
struct GroupPage {
    frame: Frame,
    group: Group,
    form: GroupForm,
    /// Workspaces that may be added; `None`: the group is full, or there are none.
    addable: Option<Field>,
}

impl GroupPage {
    fn path(&self) -> String {
        group_path(&self.group.id)
    }

    fn is_full(&self) -> bool {
        self.group.members.len() >= MOST_MEMBERS
    }
}

#[derive(Template)]
#[template(path = "organisation/dissolve.html")]
struct DissolvePage {
    frame: Frame,
    group: Group,
}

#[derive(Template)]
#[template(path = "organisation/admins.html")]
struct AdminsPage {
    frame: Frame,
    admins: Vec<OrganisationAdmin>,
    form: AdminForm,
}

/// Address of a group's page.
pub fn group_path(id: &WorkspaceGroupId) -> String {
    format!("/organisation/groups/{id}")
}

fn status(problems: &Problems) -> StatusCode {
    if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

pub fn index(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let (workspaces, groups, admins) = (store::summaries(conn)?, groups::all(conn)?, organisation::admins(conn)?);
    Ok(page_with(StatusCode::OK, &IndexPage { frame: Frame::of(request), workspaces, groups, admins }))
}

pub fn new_workspace(request: &OwnRequest, _: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(workspace_with(request, WorkspaceForm::new(&FormData::default(), Problems::default())))
}

/// The page of a new workspace, with the text typed into its form.
pub fn workspace_with(request: &OwnRequest, form: WorkspaceForm) -> Answer {
    page_with(status(&form.problems), &WorkspacePage { frame: Frame::of(request), form })
}

/// Asks an organisation admin for the role that they take in a workspace. Leads there, if they have one.
pub fn role(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let id: WorkspaceId = request.id()?;
    let workspace = workspaces::by_id(conn, id)?.ok_or(AppError::NotFound)?;
    let frame = Frame::of(request);
    if frame.role_in(&workspace).is_some() {
        return Ok(see_other(&format!("/{}/live/profiles", workspace.slug)));
    }
    let role = roles(Some(Role::Marketer));
    Ok(page_with(StatusCode::OK, &RolePage { frame, workspace, role }))
}

pub fn new_group(request: &OwnRequest, _: &mut PgConnection) -> Result<Answer, AppError> {
    Ok(new_group_with(request, GroupForm::typed(&FormData::default(), Problems::default())))
}

/// The page of a new group, with the text typed into its form.
pub fn new_group_with(request: &OwnRequest, form: GroupForm) -> Answer {
    page_with(status(&form.problems), &NewGroupPage { frame: Frame::of(request), form })
}

/// The group in the address.
fn group_of(request: &OwnRequest, conn: &mut PgConnection) -> Result<Group, AppError> {
    groups::find(conn, request.id()?)?.ok_or(AppError::NotFound)
}

pub fn group(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    group_with(request, conn, None)
}

/// The page of a group, with the text typed into its form, or else what holds.
pub fn group_with(request: &OwnRequest, conn: &mut PgConnection, typed: Option<GroupForm>) -> Result<Answer, AppError> {
    let (group, frame) = (group_of(request, conn)?, Frame::of(request));
    let free = if group.members.len() < MOST_MEMBERS { groups::ungrouped(conn)? } else { Vec::new() };
    let options = free.iter().map(|free| (free.id.to_string(), free.name.clone()));
    let addable = (!free.is_empty())
        .then(|| Field::new("workspace", "Workspace", Control::Select).options(options.collect::<Vec<_>>()));
    let form = typed.unwrap_or_else(|| GroupForm::stored(&group));
    Ok(page_with(status(&form.problems), &GroupPage { frame, group, form, addable }))
}

pub fn confirm_dissolve(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    let group = group_of(request, conn)?;
    Ok(page_with(StatusCode::OK, &DissolvePage { frame: Frame::of(request), group }))
}

pub fn admins(request: &OwnRequest, conn: &mut PgConnection) -> Result<Answer, AppError> {
    admins_with(request, conn, AdminForm::new("", Problems::default()))
}

/// The page of the organisation admins, with the text typed into its form.
pub fn admins_with(request: &OwnRequest, conn: &mut PgConnection, form: AdminForm) -> Result<Answer, AppError> {
    let admins = organisation::admins(conn)?;
    Ok(page_with(status(&form.problems), &AdminsPage { frame: Frame::of(request), admins, form }))
}
