use std::sync::Barrier;

use kith::{
    auth::{
        Actor, Place, Refusal, Role,
        team::{self, Change},
    },
    db::ids::OperatorId,
};

use super::id;
use crate::support::App;

fn change(app: &App, who: &str, by: Option<&str>, what: Change) -> Result<bool, Refusal> {
    let one = |email: &str| OperatorId(id(app, email).parse().expect("an id"));
    let (who, by, workspace, now) = (one(who), by.map(one), app.workspace.id, app.clock.now());
    let by = Actor { place: Place::Workspace(workspace), operator: by, address: None };
    let done = app.state.db.tx_now(|conn| team::change(conn, workspace, who, what, &by, now));
    done.expect("the database answers")
}

const ADA: &str = "ada@acme.example";
const ROSA: &str = "rosa@acme.example";
const ENDS: [Change; 4] = [Change::Disable, Change::Remove, Change::Role(Role::Support), Change::Role(Role::Marketer)];

#[test]
fn the_last_admin_stays() {
    let app = App::new();
    for what in ENDS {
        assert_eq!(change(&app, ADA, None, what), Err(Refusal::LastAdmin), "{what:?}");
    }
    assert_eq!(change(&app, ADA, None, Change::Role(Role::Admin)), Ok(false));
    app.add_operator("Rosa", ROSA, Role::Admin);
    assert_eq!(change(&app, ROSA, Some(ADA), Change::Disable), Ok(true));
    for what in ENDS {
        assert_eq!(change(&app, ADA, None, what), Err(Refusal::LastAdmin), "a disabled admin is none: {what:?}");
    }
    assert_eq!(change(&app, ROSA, Some(ADA), Change::Role(Role::Support)), Ok(true), "others may go");
    assert_eq!(change(&app, ROSA, Some(ADA), Change::Role(Role::Admin)), Ok(true));
    assert_eq!(change(&app, ROSA, Some(ADA), Change::Enable), Ok(true));
    assert_eq!(change(&app, ADA, Some(ROSA), Change::Role(Role::Marketer)), Ok(true));
    assert_eq!(change(&app, ROSA, None, Change::Remove), Err(Refusal::LastAdmin));
    assert_eq!(change(&app, ADA, Some(ADA), Change::Role(Role::Admin)), Err(Refusal::Yourself));
}

#[test]
fn two_admins_at_once_do_not_end_each_other() {
    let app = App::new();
    app.add_operator("Rosa", ROSA, Role::Admin);
    for round in 0..12 {
        let (what, start) = (ENDS[round % ENDS.len()], Barrier::new(2));
        let (state, clock, workspace) = (&app.state, app.clock.now(), app.workspace.id);
        let ids = [ADA, ROSA].map(|email| OperatorId(id(&app, email).parse().expect("an id")));
        let results = std::thread::scope(|scope| {
            let threads = [(ids[0], ids[1]), (ids[1], ids[0])].map(|(who, by)| {
                let start = &start;
                scope.spawn(move || {
                    let by = Actor { place: Place::Workspace(workspace), operator: Some(by), address: None };
                    start.wait();
                    state.db.tx_now(|conn| team::change(conn, workspace, who, what, &by, clock)).expect("an answer")
                })
            });
            threads.map(|thread| thread.join().expect("no panic"))
        });
        assert_eq!(results.iter().filter(|done| **done == Ok(true)).count(), 1, "{what:?}: {results:?}");
        assert!(results.contains(&Err(Refusal::LastAdmin)), "{what:?}: {results:?}");
        app.db.run(&format!(
            "INSERT INTO memberships SELECT id, {workspace}, 'admin' FROM operators WHERE id IN ('{}', '{}') \
             ON CONFLICT (operator_id, workspace_id) DO UPDATE SET role = 'admin', disabled_at = NULL",
            ids[0], ids[1]
        ));
    }
}
