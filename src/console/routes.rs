//! The site map as a value: a route cannot be written without its access, and a form not without the page that it stands on.

use std::{any::Any, collections::BTreeMap, fmt, future::ready, rc::Rc};

use actix_web::{
    FromRequest, Handler, HttpRequest, HttpResponse, Responder, Route,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{self, Data, ServiceConfig},
};

use super::{
    Access, Action, OwnAction, OwnPage, OwnRequest, Page, Request,
    frame::framed,
    guard,
    unsent::FormPages,
    upload::{self, UploadAction},
};
use crate::{
    auth::Permission,
    error::AppError,
    web::{Answer, FormData, see_other},
};

/// Access to a route, and the check before its handler. The console and the API have one each.
pub trait Guard: fmt::Debug + Any {
    /// Wraps the handler of a route in the check.
    fn before(&self, path: &'static str, route: Route) -> Route;

    /// All spellings of a path.
    fn spellings(&self, path: &'static str) -> Vec<String> {
        vec![path.to_owned()]
    }

    /// The answer to `OPTIONS`, if pages of other origins may call the path, which takes these methods.
    fn options(&self, _path: &'static str, _methods: &str) -> Option<Route> {
        None
    }

    /// The answer to a method that the path does not take.
    fn wrong_method(&self, _request: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(AppError::Method)
    }
}

/// An entry of the site map: a route with its access.
#[derive(Clone, Debug)]
pub struct Entry {
    /// GET answers HEAD too; only the API has methods besides GET and POST.
    pub method: Method,
    /// Pattern of the path.
    pub path: &'static str,
    /// Access to the route.
    pub guard: Rc<dyn Guard>,
}

impl Entry {
    /// The access, if it is of type `G`.
    pub fn guard<G: Guard>(&self) -> Option<&G> {
        let guard: &dyn Any = &*self.guard;
        guard.downcast_ref()
    }
}

/// Prefix of the paths of a workspace.
const WORKSPACE: &str = "/{workspace}/{environment}";

/// Routes of an area, or of the whole console.
#[derive(Default)]
pub struct Routes {
    entries: Vec<Entry>,
    by_path: BTreeMap<&'static str, Vec<Route>>,
    otherwise: Vec<(&'static str, Route)>,
    pages: FormPages,
}

impl Routes {
    /// A page of a workspace, for operators with this permission.
    pub fn page(mut self, path: &'static str, permission: Permission, page: Page) -> Self {
        let route = get_or_head().to(move |request: HttpRequest| guard::show(permission, page, request));
        self.put(Method::GET, path, Access::Can(permission), framed(path, route));
        self.pages.add(path, permission, page);
        self
    }

    /// A page of an operator, outside a workspace, for every operator.
    pub fn own_page(self, path: &'static str, page: OwnPage) -> Self {
        self.outside(path, Access::SignedIn, page)
    }

    /// A page outside a workspace, for organisation admins.
    pub fn organisation_page(self, path: &'static str, page: OwnPage) -> Self {
        self.outside(path, Access::Organisation, page)
    }

    fn outside(mut self, path: &'static str, access: Access, page: OwnPage) -> Self {
        let route = get_or_head().to(move |request: HttpRequest| guard::show_own(access, page, request));
        self.put(Method::GET, path, access, framed(path, route));
        self
    }

    /// The action of a form outside a workspace, for organisation admins.
    pub fn organisation_action(self, path: &'static str, action: OwnAction) -> Self {
        self.post(path, Access::Organisation, move |request: OwnRequest, sent: FormData| async move {
            let db = request.state.db.clone();
            db.work(move |_| action(&request, &sent)).await
        })
    }

    /// The action of a form of a workspace, for operators with this permission.
    pub fn action(self, path: &'static str, permission: Permission, action: Action) -> Self {
        self.post(path, Access::Can(permission), move |request: Request, sent: FormData| async move {
            let db = request.state.db.clone();
            db.work(move |_| action(&request, &sent)).await
        })
    }

    /// The action of a form with a file, for operators with this permission.
    pub fn upload(mut self, path: &'static str, permission: Permission, action: UploadAction) -> Self {
        let route = web::post().to(move |raw: HttpRequest, request: Request, payload: web::Payload| async move {
            let arrived = upload::receive(&raw, payload.into_inner(), &request).await?;
            let db = request.state.db.clone();
            db.chore(move |_| action(&request, arrived)).await
        });
        self.put(Method::POST, path, Access::Can(permission), guard::before_file(path, permission, route));
        self
    }

    /// The page that the form of the last route stands on, for a form that posts to an address without a page: whoever asks for that
    /// address, as by reloading the answer to a refused form, is led to the page. Its placeholders are some of the address's.
    pub fn on(mut self, page: &'static str) -> Self {
        let Some(Entry { path, guard, .. }) = self.entries.last().cloned() else { return self };
        let to_page = move |request: HttpRequest| ready(page_of(&request, path, page));
        let route = guard.before(path, get_or_head().to(to_page));
        self.by_path.entry(path).or_default().push(route);
        self.entries.push(Entry { method: Method::GET, path, guard });
        self.pages.lead(path, page);
        self
    }

    /// Any other GET route.
    pub fn get<F, Args>(self, path: &'static str, guard: impl Guard, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, guard, get_or_head().to(handler))
    }

    /// Any other POST route.
    pub fn post<F, Args>(self, path: &'static str, guard: impl Guard, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, guard, web::post().to(handler))
    }

    /// A route of any method.
    pub fn call<F, Args>(self, method: Method, path: &'static str, guard: impl Guard, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        match method {
            Method::GET => self.get(path, guard, handler),
            method => self.add(method.clone(), path, guard, web::method(method).to(handler)),
        }
    }

    fn add(mut self, method: Method, path: &'static str, guard: impl Guard, route: Route) -> Self {
        let guarded = guard.before(path, route);
        self.put(method, path, guard, guarded);
        self
    }

    fn put(&mut self, method: Method, path: &'static str, guard: impl Guard, route: Route) {
        self.by_path.entry(path).or_default().push(route);
        self.entries.push(Entry { method, path, guard: Rc::new(guard) });
    }

    /// The route that answers every path under `prefix` that has no other.
    pub fn otherwise(mut self, prefix: &'static str, route: Route) -> Self {
        self.otherwise.push((prefix, route));
        self
    }

    /// The routes of both sets.
    pub fn with(mut self, other: Self) -> Self {
        self.entries.extend(other.entries);
        self.otherwise.extend(other.otherwise);
        self.pages.extend(other.pages);
        for (path, routes) in other.by_path {
            self.by_path.entry(path).or_default().extend(routes);
        }
        self
    }

    /// The site map, in the order in which it was written.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Registers all routes with actix. It tries one pattern after the other, so the short ones, which people visit most, come first, and
    /// the prefix that all of a workspace share is matched once; a fixed part comes before a placeholder.
    pub fn register(self, config: &mut ServiceConfig) {
        config.app_data(Data::new(self.pages));
        let mut paths: Vec<_> = self.by_path.into_iter().collect();
        paths.sort_by_key(|(path, _)| (path.matches('/').count(), path.matches('{').count()));
        let mut inside = web::scope(WORKSPACE);
        for (path, mut routes) in paths {
            let Some(guard) = self.entries.iter().find(|entry| entry.path == path).map(|entry| entry.guard.clone())
            else {
                continue;
            };
            let allowed = methods(&self.entries, path);
            routes.extend(guard.options(path, &allowed));
            let spellings = guard.spellings(path);
            let resource = |patterns: Vec<String>| {
                let others = web::to(move |request: HttpRequest| ready(wrong_method(&*guard, &request, &allowed)));
                let empty = web::resource(patterns).default_service(others);
                routes.into_iter().fold(empty, actix_web::Resource::route)
            };
            match path.strip_prefix(WORKSPACE) {
                Some(rest) => inside = inside.service(resource(vec![rest.to_owned()])),
                None => drop(config.service(resource(spellings))),
            }
        }
        for (prefix, route) in self.otherwise {
            config.service(web::scope(prefix).default_service(route));
        }
        config.service(inside);
    }
}

fn get_or_head() -> Route {
    web::route().guard(actix_web::guard::Any(actix_web::guard::Get()).or(actix_web::guard::Head()))
}

/// Redirects to the page of a form. The parts of the address stay as they were sent, so that none becomes another path.
fn page_of(request: &HttpRequest, path: &str, page: &str) -> Answer {
    let parts: BTreeMap<&str, &str> = path.split('/').zip(request.uri().path().split('/')).collect();
    let filled: Vec<&str> = page.split('/').map(|part| parts.get(part).copied().unwrap_or(part)).collect();
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    see_other(&format!("{}{query}", filled.join("/")))
}

/// The methods of a path, for the header `Allow`.
fn methods(entries: &[Entry], path: &str) -> String {
    let mut all = Vec::new();
    for entry in entries.iter().filter(|entry| entry.path == path) {
        all.push(entry.method.as_str());
        all.extend((entry.method == Method::GET).then_some("HEAD"));
        all.extend(entry.guard.options(entry.path, "").map(|_| "OPTIONS"));
    }
    all.sort_unstable();
    all.dedup();
    all.join(", ")
}

fn wrong_method(guard: &dyn Guard, request: &HttpRequest, allowed: &str) -> HttpResponse {
    let mut answer = guard.wrong_method(request);
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}
