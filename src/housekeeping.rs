//! What kith does by itself while it runs: events follow their merged profiles, jobs go on, messages to people and to webhooks are sent, events that were
//! kept long enough go, and what nobody needs any more is forgotten.

use std::{sync::Arc, time::Duration};

use actix_web::rt;

use crate::{
    activity, app, attributes, auth, confirmations, demo, error::AppError, events, filter::Aspect, generate, imports,
    ingest, jobs, keys::answers, membership_attributes, messages, outputs, profiles, rejections, segments,
    state::AppState, status,
};

/// How often it looks for something to do.
const EVERY: Duration = Duration::from_secs(5);
/// How many looks make an hour.
const AN_HOUR: u32 = 720;

/// Goes on until the process ends. A failure is logged and tried again.
pub async fn run(state: Arc<AppState>) {
    // Building an index takes minutes, counting a segment seconds, and nothing else waits for them.
    rt::spawn(keep_indexes(state.clone()));
    rt::spawn(count_segments(state.clone()));
    rt::spawn(follow_segments(state.clone()));
    // An import may take hours.
    rt::spawn(import_files(state.clone()));
    // Nor for other systems, which may be slow.
    rt::spawn(outputs::Sender::new(state.clone()).run());
    rt::spawn(messages::Worker::new(state.clone()).run());
    rt::spawn(ask_for_confirmations(state.clone()));
    let mut turn = 0;
    loop {
        let pulse = state.db.memory::<status::Pulse>();
        pulse.begins(state.clock.now());
        match once(&state, turn % AN_HOUR == 0).await {
            Ok(()) => pulse.is_well(state.clock.now()),
            Err(error) => error.log(),
        }
        turn = turn.wrapping_add(1);
        rt::time::sleep(EVERY).await;
    }
}

async fn keep_indexes(state: Arc<AppState>) {
    loop {
        if let Err(error) = state.db.chore(attributes::keep_index_now).await {
            error.log();
        }
        rt::time::sleep(EVERY).await;
    }
}

/// Members of segments are right about a second after something was said.
const FOLLOWED_EVERY: Duration = Duration::from_secs(1);
/// So many looks make a minute.
const A_MINUTE: u32 = 60;

async fn follow_segments(state: Arc<AppState>) {
    let mut turn: u32 = 0;
    loop {
        let (clock, is_thorough) = (state.clock.clone(), turn.is_multiple_of(A_MINUTE));
        if let Err(error) = state.db.chore(move |db| segments::follow_now(db, &clock, is_thorough)).await {
            error.log();
        }
        turn = turn.wrapping_add(1);
        rt::time::sleep(FOLLOWED_EVERY).await;
    }
}

async fn ask_for_confirmations(state: Arc<AppState>) {
    loop {
        let clock = state.clock.clone();
        if let Err(error) = state.db.chore(move |db| confirmations::ask_now(db, &clock)).await {
            error.log();
        }
        rt::time::sleep(FOLLOWED_EVERY).await;
    }
}

/// Who started an import waits for it.
const IMPORTED_EVERY: Duration = Duration::from_secs(1);

async fn import_files(state: Arc<AppState>) {
    let Some(files) = imports::Files::of(&state.config) else { return };
    loop {
        let (clock, files) = (state.clock.clone(), files.clone());
        if let Err(error) = state.db.chore(move |db| imports::continue_now(db, &clock, &files)).await {
            error.log();
        }
        rt::time::sleep(IMPORTED_EVERY).await;
    }
}

async fn count_segments(state: Arc<AppState>) {
    loop {
        let clock = state.clock.clone();
        if let Err(error) = state.db.chore(move |db| segments::count_now(db, &clock)).await {
            error.log();
        }
        rt::time::sleep(FOLLOWED_EVERY).await;
    }
}

/// One look.
pub async fn once(state: &AppState, is_hourly: bool) -> Result<(), AppError> {
    let (clock, files) = (state.clock.clone(), imports::Files::of(&state.config));
    state
        .db
        .chore(move |db| {
            ingest::settle_now(db, &clock)?;
            membership_attributes::begin_due_now(db, &clock)?;
            jobs::continue_now(db, &clock, &app::TASKS)?;
            events::sweep_events(db, &clock, is_hourly, &|conn, environment, definition| {
                segments::want_counts_of_readers(conn, environment, &[Aspect::Events(definition.0)]).map(drop)
            })?;
            events::fill_keys(db, &clock)?;
            ingest::refold_now(db)?;
            if is_hourly {
                let now = clock.now();
                db.tx_now(|conn| answers::sweep(conn, now))?;
                db.tx_now(|conn| rejections::sweep_old(conn, now))?;
                db.tx_now(|conn| activity::sweep_receipts(conn, now))?;
                db.tx_now(|conn| jobs::sweep(conn, now))?;
                db.tx_now(|conn| membership_attributes::sweep(conn, now))?;
                db.tx_now(|conn| profiles::sweep_bulk(conn, now))?;
                if let Some(files) = &files {
                    imports::sweep_now(db, files, now)?;
                }
                db.tx_now(|conn| segments::sweep_hours(conn, now))?;
                db.tx_now(|conn| auth::sweep_audit(conn, &[demo::MARKS, generate::MARKS].concat(), now))?;
                // It may read much, and the others do not wait for it.
                db.tx_now(|conn| outputs::sweep(conn, now))?;
                db.tx_now(|conn| messages::sweep(conn, now))?;
            }
            Ok(())
        })
        .await
}
