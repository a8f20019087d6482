//! A call of our own API with all that a sender must know of it, written beside its route.

use actix_web::{FromRequest, Handler, Responder, http::Method};
use serde_json::Value;

use crate::{api::Need, console::Routes, rejections::Code};

/// What all addresses of our own API begin with.
pub const BASE: &str = "/api/data/v1";

/// What a call is about: the headings under which calls are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// People.
    Profiles,
    /// What they want to receive and agreed to, and where.
    Contact,
    /// What they do, and many things at once.
    Events,
    /// People who turned out to be one.
    Merges,
    /// What was refused.
    Rejections,
}

impl Resource {
    /// All of them, in order.
    pub const ALL: [Self; 5] = [Self::Profiles, Self::Contact, Self::Events, Self::Merges, Self::Rejections];

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Profiles => "Profiles",
            Self::Contact => "Subscriptions, consents and devices",
            Self::Events => "Events and batches",
            Self::Merges => "Merges",
            Self::Rejections => "Rejected items",
        }
    }

    /// Where it is on the page.
    pub fn anchor(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Contact => "contact",
            Self::Events => "events",
            Self::Merges => "merges",
            Self::Rejections => "rejections",
        }
    }
}

/// What a call does, takes and answers.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name in programs.
    pub id: &'static str,
    /// What it is about.
    pub resource: Resource,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// The rest.
    pub about: &'static str,
    /// Names of its parameters in the query.
    pub query: &'static [&'static str],
    /// Its body, if it has one.
    pub body: Option<Body>,
    /// What it answers when all went well.
    pub answer: Answer,
    /// What it may be refused for beside what any call may.
    pub refused: &'static [Code],
}

/// A body: the name of its schema, and one to try.
#[derive(Clone, Debug)]
pub struct Body {
    /// In the document's schemas.
    pub schema: &'static str,
    /// What can be sent.
    pub example: Value,
}

/// The answer when all went well.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The profile as it is then; nothing to keys that may not read.
    Changed,
    /// Something of its own.
    Own {
        /// Its status.
        status: u16,
        /// What it is.
        about: &'static str,
        /// In the document's schemas.
        schema: &'static str,
        /// What the call answers to its example.
        example: Value,
    },
}

/// An operation at its address.
#[derive(Clone, Debug)]
pub struct Described {
    /// The method.
    pub method: Method,
    /// The whole path.
    pub path: &'static str,
    /// What its key must be allowed.
    pub need: Need,
    /// The rest.
    pub operation: Operation,
}

impl Described {
    /// The path after [`BASE`].
    pub fn rest(&self) -> &'static str {
        self.path.strip_prefix(BASE).unwrap_or(self.path)
    }

    /// The parameters in its path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether it changes nothing.
    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}

/// Routes that say what they do; one that does not cannot be written.
#[derive(Default)]
pub struct Calls {
    /// For the site map.
    pub routes: Routes,
    /// For the documentation.
    pub described: Vec<Described>,
}

impl Calls {
    /// One more call.
    pub fn add<F, Args>(
        mut self,
        (method, path): (Method, &'static str),
        need: Need,
        operation: Operation,
        handler: F,
    ) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.routes = self.routes.call(method.clone(), path, need, handler);
        self.described.push(Described { method, path, need, operation });
        self
    }
}
