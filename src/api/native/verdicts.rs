//! May somebody be messaged, and if not, why? For one person, or for up to a thousand in one call.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde_json::{Value, json};

use super::{
    profile,
    reference::{self, Meant},
};
use crate::{
    api::{
        Body, Caller, Fault,
        formats::native::{self, Object},
        path_part,
    },
    db::{
        Db, Decided,
        ids::{ProfileId, SourceId},
    },
    ledger,
    profiles::Reference,
    rejections::codes,
    state::AppState,
    subscriptions::Topic,
    topics::Catalogue,
    verdict::{self, Facts, Question, Terms, Verdict, verdict},
    web::pairs::Pairs,
};

/// The verdict about one person.
pub async fn one(state: Data<AppState>, caller: Caller, request: HttpRequest) -> Result<HttpResponse, Fault> {
    let query = Pairs::parse(request.query_string().as_bytes());
    let texts = ["channel", "kind", "topic"].map(|name| (name.to_owned(), Value::from(query.get(name))));
    let given = texts.into_iter().filter(|(_, value)| value != "").collect();
    let question = native::read_question(&mut Object::whole(given), caller.received_at)?;
    let given = path_part(&request, "id")?;
    match verdicts(&state, &caller, std::slice::from_ref(&given), question).await?.pop() {
        Some((_, Some(answer))) => Ok(HttpResponse::Ok().json(answer)),
        Some((Meant::Several(people), _)) => Err(reference::several(&caller, &given, people.into_iter())),
        _ => Err(profile::missing()),
    }
}

/// The verdicts about the people of a body, in its order.
pub async fn many(state: Data<AppState>, caller: Caller, body: Body) -> Result<HttpResponse, Fault> {
    let (given, question) = native::read_verdicts(&body.0, caller.received_at)?;
    let found = verdicts(&state, &caller, &given, question).await?;
    let line = |(given, (meant, answer)): (String, (Meant, Option<Value>))| {
        let code = if matches!(meant, Meant::Several(_)) { codes::AMBIGUOUS } else { codes::NOT_FOUND };
        answer.unwrap_or_else(|| json!({"profile": given, "code": code}))
    };
    let lines: Vec<Value> = given.into_iter().zip(found).map(line).collect();
    Ok(HttpResponse::Ok().json(json!({"verdicts": lines})))
}

/// Whoever is meant, each with the verdict, read in one blocking call and in as many statements for a thousand people as for one.
async fn verdicts(
    state: &AppState,
    caller: &Caller,
    given: &[String],
    question: Question,
) -> Result<Vec<(Meant, Option<Value>)>, Fault> {
    let asked: Vec<Reference> = given
        .iter()
        .map(|given| Reference::read(given, !caller.is_browser(), caller.reading))
        .collect::<Result<_, _>>()?;
    let given = given.to_vec();
    let (environment, db) = (caller.environment(), state.senders.clone());
    let answered = move |conn: &mut PgConnection| {
        let meant = reference::meant(conn, environment, &asked)?;
        let one = |meant: &Meant| if let Meant::One(id) = meant { Some(*id) } else { None };
        let people: Vec<ProfileId> = meant.iter().filter_map(one).collect();
        let facts = verdict::of_many(conn, environment, &people)?;
        let catalogue = Catalogue::remembered_by(conn, &db, environment, question.now)?;
        let found = Found::new(&db, conn, facts, &question, catalogue)?;
        let answer =
            |(given, meant): (&String, Meant)| (one(&meant).and_then(|id| found.answer(given, id, &question)), meant);
        Ok(given.iter().zip(meant).map(answer).collect())
    };
    let found: Vec<(Option<Value>, Meant)> = state.senders.read(answered).await?;
    Ok(found.into_iter().map(|(answer, meant)| (meant, answer)).collect())
}

/// Verdicts about the people who were found.
struct Found {
    verdicts: HashMap<ProfileId, Verdict>,
    /// Names of the sources of what blocks.
    names: HashMap<SourceId, String>,
    catalogue: Arc<Catalogue>,
}

impl Found {
    fn new(
        db: &Db,
        conn: &mut PgConnection,
        facts: HashMap<ProfileId, Facts>,
        question: &Question,
        catalogue: Arc<Catalogue>,
    ) -> QueryResult<Self> {
        let verdicts = facts.into_iter().map(|(id, facts)| (id, verdict(&facts, &catalogue.rules, question)));
        let verdicts: HashMap<ProfileId, Verdict> = verdicts.collect();
        let sources: BTreeSet<SourceId> = verdicts.values().flat_map(Verdict::sources).collect();
        let names = ledger::source_names(db, conn, &sources, question.now)?;
        Ok(Self { verdicts, names, catalogue })
    }

    fn answer(&self, given: &str, id: ProfileId, question: &Question) -> Option<Value> {
        let verdict = self.verdicts.get(&id)?;
        let name = |source: SourceId| self.names.get(&source).cloned().unwrap_or_default();
        let day = |at: DateTime<Utc>| at.format("%-d %b %Y").to_string();
        let terms = Terms { day: &day, source: &name, rules: &self.catalogue.rules };
        let mut shown = json!(verdict.told(question, &terms));
        shown["profile"] = given.into();
        shown["id"] = json!(id);
        shown["channel"] = question.channel.as_str().into();
        shown["kind"] = question.kind.as_str().into();
        shown["topic"] = question.topic.as_ref().map(Topic::as_str).into();
        Some(shown)
    }
}
