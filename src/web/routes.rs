//! The site map as a value: a route without a word on who may use it cannot be written.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
};

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Responder, ResponseError, Route, guard,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::{
    api::{self, Fault, Need},
    auth::{self, Permission},
    error::AppError,
};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Any operator, outside a workspace.
    SignedIn,
    /// Operators of the workspace in the address whose role has this permission.
    Can(Permission),
    /// Senders whose key allows this.
    Key(Need),
}

/// One line of the site map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// GET answers HEAD too; only the API has others than GET and POST.
    pub method: Method,
    /// Pattern of the path.
    pub path: &'static str,
    /// Who may use it.
    pub access: Access,
}

/// What the addresses of a workspace begin with.
const WORKSPACE: &str = "/{workspace}/{environment}";

/// Routes of an area, or of the whole console.
#[derive(Default)]
pub struct Routes {
    entries: Vec<Entry>,
    by_path: BTreeMap<&'static str, Vec<Route>>,
}

impl Routes {
    /// A page.
    pub fn get<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, access, web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(handler))
    }

    /// A change.
    pub fn post<F, Args>(self, path: &'static str, access: Access, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, access, web::post().to(handler))
    }

    /// A call of the API, of any method.
    pub fn call<F, Args>(self, method: Method, path: &'static str, need: Need, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        match method {
            Method::GET => self.get(path, Access::Key(need), handler),
            method => self.add(method.clone(), path, Access::Key(need), web::method(method).to(handler)),
        }
    }

    fn add(mut self, method: Method, path: &'static str, access: Access, route: Route) -> Self {
        self.entries.push(Entry { method, path, access });
        let guarded = match access {
            Access::Key(need) => route.wrap(from_fn(move |request, next| api::guard(path, need, request, next))),
            _ => route.wrap(from_fn(move |request, next| auth::guard(path, access, request, next))),
        };
        self.by_path.entry(path).or_default().push(guarded);
        self
    }

    /// Both sets.
    pub fn with(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        for (path, routes) in other.by_path {
            self.by_path.entry(path).or_default().extend(routes);
        }
        self
    }

    /// The site map, in the order in which it was written.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Hands all routes to actix. It tries one pattern after the other, so the short ones, which people visit most, come first
    /// and what all of a workspace share is matched once; a fixed part comes before one to fill in.
    pub fn register(self, config: &mut ServiceConfig) {
        let is_call = |entry: &&Entry| matches!(entry.access, Access::Key(_));
        let calls: BTreeSet<_> = self.entries.iter().filter(is_call).map(|entry| entry.path).collect();
        let mut paths: Vec<_> = self.by_path.into_iter().collect();
        paths.sort_by_key(|(path, _)| (path.matches('/').count(), path.matches('{').count()));
        let mut inside = web::scope(WORKSPACE);
        for (path, mut routes) in paths {
            let allowed = methods(&self.entries, path);
            if calls.contains(path) {
                let preflight = move |request: HttpRequest, state| api::preflight(path, request, state);
                routes.push(web::method(Method::OPTIONS).to(preflight));
            }
            let resource = |patterns: Vec<String>| {
                let others = web::to(move |request: HttpRequest| ready(wrong_method(&request, &allowed)));
                let empty = web::resource(patterns).default_service(others);
                routes.into_iter().fold(empty, actix_web::Resource::route)
            };
            match path.strip_prefix(WORKSPACE) {
                Some(rest) => inside = inside.service(resource(vec![rest.to_owned()])),
                None if calls.contains(path) => drop(config.service(resource(spellings(path)))),
                None => drop(config.service(resource(vec![path.to_owned()]))),
            }
        }
        for prefix in api::PREFIXES {
            config.service(web::scope(prefix).default_service(web::to(api::nothing_here)));
        }
        config.service(inside);
    }
}

/// How clients spell an address of the API: some put a slash at its end, some `.json`.
fn spellings(path: &str) -> Vec<String> {
    let mut all = vec![path.to_owned(), format!("{path}/")];
    // A part to fill in may itself end like that.
    if !path.ends_with('}') {
        all.push(format!("{path}.json"));
    }
    all
}

/// The methods of an address, as an answer to another one names them.
fn methods(entries: &[Entry], path: &str) -> String {
    let mut all = Vec::new();
    for entry in entries.iter().filter(|entry| entry.path == path) {
        all.push(entry.method.as_str());
        all.extend((entry.method == Method::GET).then_some("HEAD"));
        all.extend(matches!(entry.access, Access::Key(_)).then_some("OPTIONS"));
    }
    all.sort_unstable();
    all.dedup();
    all.join(", ")
}

fn wrong_method(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let mut answer = match api::family(request.path()) {
        Some(format) => Fault::from(AppError::Method).answer(format),
        None => AppError::Method.error_response(),
    };
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}
