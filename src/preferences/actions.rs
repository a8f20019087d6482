//! What people decide by their links.

use actix_web::{HttpRequest, http::header, web::Data};

use super::{
    choices::Choices,
    form::{Pause, changed, said, words_of},
    pages::{Arrived, Confirming, subject, unsubscribed},
    store::Opened,
};
use crate::{
    data_requests::{self, RequestKind},
    db::{
        Db, Decided,
        ids::{ProfileKey, new_id},
    },
    error::AppError,
    identities::{Address, Channel},
    ingest::{self, Item, Person, Statement, Trust},
    ledger::{self, Batch, Source},
    state::AppState,
    subscriptions::{Confirmation, Line, Medium, Way},
    topics::Catalogue,
    web::{Answer, FormData, respond::see_other_saying, see_other},
};

/// Says this of the person, by themselves.
async fn say(state: &AppState, key: ProfileKey, statements: Vec<Statement>, words: String) -> Result<(), AppError> {
    let now = state.clock.now();
    let said = move |db: &Db| {
        let source = ledger::remembered_source(db, key.environment, &Source::person(), now)?;
        let group = new_id(now);
        let batch = Batch {
            environment: key.environment,
            source,
            received_at: now,
            group,
            before: 0,
            reason: Some(words.clone()),
        };
        let item = |statement: &Statement| Item {
            person: Person::Profile(key.profile),
            as_of: now,
            statement: statement.clone(),
        };
        let items: Vec<Item> = statements.iter().map(item).collect();
        ingest::submit_now(db, &batch, &Trust::Person, &items).map(drop)
    };
    state.db.work(said).await
}

/// Saves what was changed, unsubscribes from everything, or takes that back.
pub async fn save(state: Data<AppState>, arrived: Arrived, sent: FormData) -> Result<Answer, AppError> {
    let Arrived { opened, frame, now } = arrived;
    let everything = |is_on| vec![Statement::Subscription(Line::everything(), said(is_on))];
    let (statements, words) = match sent.get("do") {
        "stop" => (everything(false), words_of(&sent)),
        "resume" => (everything(true), words_of(&sent)),
        _ => {
            let catalogue = Catalogue::remembered(&state.db, opened.key.environment, now).await?;
            let choices = Choices::of(&opened, &catalogue, frame.texts, now);
            let changed = changed(&sent, &choices);
            let lines = changed.into_iter().map(|(line, said)| Statement::Subscription(line, said));
            let pause = sent.parsed::<Pause>("pause").map(|pause| Statement::Identify(pause.said(now)));
            (lines.chain(pause).collect(), words_of(&sent))
        }
    };
    let told = if statements.is_empty() { frame.texts.unchanged } else { frame.texts.saved };
    if !statements.is_empty() {
        say(&state, opened.key, statements, words).await?;
    }
    Ok(see_other_saying(&frame.address(""), told))
}

/// A one-click unsubscribe (RFC 8058), by a mail program or by the button of the page.
pub async fn unsubscribe(state: Data<AppState>, arrived: Arrived, sent: FormData) -> Result<Answer, AppError> {
    let Arrived { opened, frame, .. } = arrived;
    let line = subject(&opened.link.used_for).ok_or(AppError::NotFound)?.clone();
    let by = if sent.get("List-Unsubscribe") == "One-Click" {
        "by one click in a mail program"
    } else {
        "by the link in a message"
    };
    say(&state, opened.key, vec![Statement::Subscription(line.clone(), said(false))], by.to_owned()).await?;
    Ok(unsubscribed(frame, &line))
}

/// The browser of a request, as it names itself.
fn agent(request: &HttpRequest) -> String {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.unwrap_or("unknown").chars().take(200).collect()
}

/// That the email of the person is theirs: the link led here from a message to it. `None`: they have none.
fn confirmed(opened: &Opened, way: Way, agent: &str) -> Option<Statement> {
    let row = opened.addresses.iter().find(|row| row.channel == Channel::Email)?;
    let email = Address::new(Channel::Email, &row.address).ok()?;
    Some(Confirmation::fact(&email, way, agent).into())
}

/// Confirms an address, once: afterwards the person's answer is another one.
pub async fn confirm(request: HttpRequest, state: Data<AppState>, arrived: Arrived) -> Result<Answer, AppError> {
    let Arrived { opened, frame, .. } = arrived;
    if matches!(Confirming::of(&opened), Confirming::Asked) {
        let agent = agent(&request);
        let words = format!("confirmed by the link that was sent to the address; browser: {agent}");
        let subscribed = Statement::Subscription(Line::channel(Medium::Email), said(true));
        let statements = [Some(subscribed), confirmed(&opened, Way::Link, &agent)];
        say(&state, opened.key, statements.into_iter().flatten().collect(), words).await?;
    }
    Ok(see_other(&frame.address("/confirm")))
}

/// Asks for a copy of the person's data.
pub async fn copy(state: Data<AppState>, arrived: Arrived) -> Result<Answer, AppError> {
    ask(&state, arrived, RequestKind::Copy).await
}

/// Asks for the person's erasure.
pub async fn forget(state: Data<AppState>, arrived: Arrived) -> Result<Answer, AppError> {
    ask(&state, arrived, RequestKind::Erasure).await
}

async fn ask(state: &AppState, arrived: Arrived, kind: RequestKind) -> Result<Answer, AppError> {
    let Arrived { opened, frame, now } = arrived;
    let key = opened.key;
    state.db.tx(move |conn| data_requests::ask(conn, key, kind, now)).await?;
    Ok(see_other(&frame.address("")))
}
