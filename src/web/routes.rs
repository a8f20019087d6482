//! The site map as a value: a route without a word on who may use it cannot be written.

use std::collections::BTreeMap;

use actix_web::{
    FromRequest, Handler, HttpResponse, Responder, Route, guard,
    http::Method,
    middleware::from_fn,
    web::{self, ServiceConfig},
};

use crate::{
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
}

/// One line of the site map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// GET (which answers HEAD too) or POST.
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

    fn add(mut self, method: Method, path: &'static str, access: Access, route: Route) -> Self {
        self.entries.push(Entry { method, path, access });
        let guarded = route.wrap(from_fn(move |request, next| auth::guard(path, access, request, next)));
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
        let mut paths: Vec<_> = self.by_path.into_iter().collect();
        paths.sort_by_key(|(path, _)| (path.matches('/').count(), path.matches('{').count()));
        let mut inside = web::scope(WORKSPACE);
        for (path, routes) in paths {
            let resource = |path| {
                let empty = web::resource(path).default_service(web::to(wrong_method));
                routes.into_iter().fold(empty, actix_web::Resource::route)
            };
            match path.strip_prefix(WORKSPACE) {
                Some(rest) => inside = inside.service(resource(rest)),
                None => drop(config.service(resource(path))),
            }
        }
        config.service(inside);
    }
}

async fn wrong_method() -> Result<HttpResponse, AppError> {
    Err(AppError::Method)
}
