//! Actions of organisation admins.

use diesel::{PgConnection, QueryResult};
use serde_json::json;

use super::{
    form::{AdminForm, GroupForm, WorkspaceForm},
    pages::{self, group_path},
};
use crate::{
    auth::{self, Action, Actor, Place, Refusal as NotAllowed, Role, organisation, team},
    console::OwnRequest,
    db::ids::{OperatorId, WorkspaceGroupId, WorkspaceId},
    error::AppError,
    web::{Answer, FormData, respond::see_other_saying},
    workspaces::{
        self, NotCreated, Workspace,
        groups::{self, Group, MOST_MEMBERS, Refusal},
    },
};

/// Who does it, for the audit log of the organisation.
fn actor(request: &OwnRequest) -> Actor {
    Actor { place: Place::Organisation, ..request.actor() }
}

/// Creates a workspace, with whoever asks for it as its admin.
pub fn create_workspace(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let new = match WorkspaceForm::parse(sent) {
        Ok(new) => new,
        Err(form) => return Ok(pages::workspace_with(request, *form)),
    };
    let (operator, by, now) = (request.session.operator.id, actor(request), request.now.at);
    let created = request.state.db.tx_now(|conn| {
        let created = workspaces::create(conn, &new, now)?;
        if let Ok((workspace, _)) = &created {
            organisation::workspace_made(conn, workspace, &by, now)?;
            // Nobody else is a member of a new workspace.
            let _joined = team::join(conn, workspace.id, operator, Role::Admin, now)?;
        }
        Ok(created)
    })?;
    let again = |field, rule| Ok(pages::workspace_with(request, WorkspaceForm::refused(sent, field, rule)));
    match created {
        Ok((workspace, _)) => {
            let done = format!("{} is created. You are its admin. Invite others under Team.", workspace.name);
            Ok(see_other_saying(&format!("/{}/live/profiles", workspace.slug), &done))
        }
        Err(NotCreated::SlugTaken) => again("slug", "Another workspace has this short name. Enter another one."),
        Err(NotCreated::TooMany) => again("name", "There are 100 workspaces already. kith has no room for more."),
    }
}

/// Gives the organisation admin a role in a workspace where they have none.
pub fn take_role(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let id: WorkspaceId = request.id()?;
    let role: Role = sent.parsed("role").ok_or(AppError::BadRequest("Choose one of the roles on the page."))?;
    let (by, now) = (actor(request), request.now.at);
    let taken = request.state.db.tx_now(|conn| {
        let Some(workspace) = workspaces::by_id(conn, id)? else { return Ok(None) };
        let taken = team::take_role(conn, id, role, &by, now)?;
        if taken.is_ok() {
            let detail = json!({ "workspace": workspace.name, "role": role.name() });
            auth::audit(conn, &by, Action::RoleTaken, detail, now)?;
        }
        Ok(Some((taken, workspace)))
    })?;
    let (taken, workspace) = taken.ok_or(AppError::NotFound)?;
    let done = match taken {
        Ok(()) => format!("You are {} of {}. Its admins see this in their audit log.", role.name(), workspace.name),
        Err(_) => "Nothing changed. You have a role here: another admin of the workspace can change it.".to_owned(),
    };
    Ok(see_other_saying(&format!("/{}/live/profiles", workspace.slug), &done))
}

/// What is wrong with a group's form.
fn problem(refusal: Refusal) -> (&'static str, &'static str) {
    match refusal {
        Refusal::TooMany => ("name", "There are 50 groups already. Dissolve one first."),
        Refusal::Shared => (
            "matched_by",
            "Something is shared in this group, so people stay matched as they are. Stop sharing it first.",
        ),
        _ => ("name", "Another group has this name. Enter another one."),
    }
}

pub fn create_group(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let (name, matched_by) = match GroupForm::parse(sent) {
        Ok(parsed) => parsed,
        Err(form) => return Ok(pages::new_group_with(request, *form)),
    };
    let (by, now) = (actor(request), request.now.at);
    let created = request.state.db.tx_now(|conn| {
        let created = groups::create(conn, &name, matched_by, now)?;
        if created.is_ok() {
            auth::audit(conn, &by, Action::GroupMade, json!({ "group": name.as_str() }), now)?;
        }
        Ok(created)
    })?;
    match created {
        Ok(id) => Ok(see_other_saying(&group_path(&id), "Group created. Add workspaces to it.")),
        Err(refusal) => {
            let (field, message) = problem(refusal);
            Ok(pages::new_group_with(request, GroupForm::refused(sent, field, message)))
        }
    }
}

pub fn change_group(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let id: WorkspaceGroupId = request.id()?;
    let again =
        |form| request.state.db.snapshot_now(|conn| pages::group_with(request, conn, Some(GroupForm::clone(form))));
    let (name, matched_by) = match GroupForm::parse(sent) {
        Ok(parsed) => parsed,
        Err(form) => return again(&form),
    };
    let (by, now) = (actor(request), request.now.at);
    let told = |name: &str, by: groups::MatchedBy| format!("{name} ({})", by.label());
    let changed = request.state.db.tx_now(|conn| {
        let group = match groups::change(conn, id, &name, matched_by)? {
            Ok(group) => group,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (before, after) = (told(&group.name, group.matched_by), told(name.as_str(), matched_by));
        if before != after {
            let detail = json!({ "group": group.name, "before": before, "after": after });
            auth::audit(conn, &by, Action::GroupChanged, detail, now)?;
        }
        Ok(Ok(before != after))
    })?;
    match changed {
        Ok(true) => Ok(see_other_saying(&group_path(&id), "Saved.")),
        Ok(false) => Ok(see_other_saying(&group_path(&id), "Nothing changed.")),
        Err(Refusal::Unknown) => Err(AppError::NotFound),
        Err(refusal) => {
            let (field, message) = problem(refusal);
            again(&GroupForm::refused(sent, field, message))
        }
    }
}

/// Writes down that a workspace came into a group or left it, for its admins and for organisation admins.
fn moved(
    conn: &mut PgConnection,
    action: Action,
    (group, workspace): (&Group, &Workspace),
    request: &OwnRequest,
) -> QueryResult<()> {
    for place in [Place::Workspace(workspace.id), Place::Organisation] {
        let by = Actor { place, ..request.actor() };
        let detail = json!({ "workspace": workspace.name, "group": group.name });
        auth::audit(conn, &by, action, detail, request.now.at)?;
    }
    Ok(())
}

pub fn add(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let id: WorkspaceGroupId = request.id()?;
    let chosen: WorkspaceId = sent.parsed("workspace").ok_or(AppError::BadRequest("Choose a workspace."))?;
    let added = request.state.db.tx_now(|conn| {
        let added = groups::add(conn, id, chosen)?;
        if let Ok((group, workspace)) = &added {
            moved(conn, Action::GroupJoined, (group, workspace), request)?;
        }
        Ok(added)
    })?;
    let done = match added {
        Ok((_, workspace)) => format!("{} is in the group.", workspace.name),
        Err(Refusal::InGroup) => "Nothing changed. This workspace is in a group already.".to_owned(),
        Err(Refusal::Full) => format!("Nothing changed. A group has at most {MOST_MEMBERS} workspaces."),
        Err(_) => return Err(AppError::NotFound),
    };
    Ok(see_other_saying(&group_path(&id), &done))
}

pub fn remove(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let id: WorkspaceGroupId = request.id()?;
    let chosen: WorkspaceId = sent.parsed("workspace").ok_or(AppError::BadRequest("Choose a workspace."))?;
    let removed = request.state.db.tx_now(|conn| {
        let removed = groups::remove(conn, id, chosen)?;
        if let Ok((group, workspace)) = &removed {
            moved(conn, Action::GroupLeft, (group, workspace), request)?;
        }
        Ok(removed)
    })?;
    let done = match removed {
        Ok((_, workspace)) => format!("{} is no longer in the group.", workspace.name),
        Err(_) => "Nothing changed. This workspace is not in the group.".to_owned(),
    };
    Ok(see_other_saying(&group_path(&id), &done))
}

pub fn dissolve(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let (id, by, now): (WorkspaceGroupId, _, _) = (request.id()?, actor(request), request.now.at);
    let dissolved = request.state.db.tx_now(|conn| {
        // The id of a group that is gone may be that of a later one.
        let dissolved = groups::dissolve(conn, id, sent.get("name"))?;
        if let Some(group) = &dissolved {
            for workspace in &group.members {
                moved(conn, Action::GroupLeft, (group, workspace), request)?;
            }
            auth::audit(conn, &by, Action::GroupDissolved, json!({ "group": group.name }), now)?;
        }
        Ok(dissolved)
    })?;
    let group = dissolved.ok_or(AppError::NotFound)?;
    Ok(see_other_saying("/organisation", &format!("The group {} is dissolved. Its workspaces stay.", group.name)))
}

/// Makes somebody an organisation admin.
pub fn mark(request: &OwnRequest, sent: &FormData) -> Result<Answer, AppError> {
    let (email, by, now) = (sent.get("email").to_owned(), actor(request), request.now.at);
    let marked = request.state.db.tx_now(|conn| organisation::mark(conn, &email, &by, now))?;
    let again = |rule| {
        let form = || AdminForm::refused(sent.raw("email"), rule);
        request.state.db.snapshot_now(|conn| pages::admins_with(request, conn, form()))
    };
    match marked {
        Ok(Some(name)) => {
            Ok(see_other_saying("/organisation/admins", &format!("{name} is now an organisation admin.")))
        }
        Ok(None) => Ok(see_other_saying("/organisation/admins", "Nothing changed. They are one already.")),
        Err(NotAllowed::TooMany) => again("There are 100 organisation admins already. Remove one first."),
        Err(_) => again("No operator has this email. Check it, or invite them to a workspace first."),
    }
}

/// Takes the mark from an organisation admin.
pub fn unmark(request: &OwnRequest, _: &FormData) -> Result<Answer, AppError> {
    let (who, by, now): (OperatorId, _, _) = (request.id()?, actor(request), request.now.at);
    let done = match request.state.db.tx_now(|conn| organisation::unmark(conn, who, &by, now))? {
        Ok(name) => format!("{name} is no longer an organisation admin."),
        Err(NotAllowed::Yourself) => {
            "Nothing changed. Only another organisation admin can do this, so that you cannot lock yourself out."
                .to_owned()
        }
        Err(NotAllowed::LastOrganisationAdmin) => "Nothing changed. This is the last organisation admin.".to_owned(),
        Err(_) => "Nothing changed. They are no organisation admin.".to_owned(),
    };
    Ok(see_other_saying("/organisation/admins", &done))
}
