//! A call of the native API with its documentation, written beside its route.

use actix_web::{FromRequest, Handler, Responder, http::Method};
use serde_json::Value;

use crate::{api::Need, console::Routes, rejections::Code};

/// Prefix of all addresses of the native API.
pub const BASE: &str = "/api/data/v1";

/// Resource of a call: the heading under which it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Profiles.
    Profiles,
    /// Messages to people.
    Messages,
    /// Subscriptions, consents and devices.
    Contact,
    /// Events, and batches.
    Events,
    /// Merges.
    Merges,
    /// Rejections.
    Rejections,
    /// Segments.
    Segments,
    /// Webhooks.
    Webhooks,
    /// The end of a profile. It is the last: whoever follows the examples from top to bottom needs the profile until then.
    Erasure,
}

impl Resource {
    /// All resources, in order.
    pub const ALL: [Self; 9] = [
        Self::Profiles,
        Self::Messages,
        Self::Contact,
        Self::Events,
        Self::Merges,
        Self::Rejections,
        Self::Segments,
        Self::Webhooks,
        Self::Erasure,
    ];

    /// Label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Profiles => "Profiles",
            Self::Contact => "Subscriptions, consents and devices",
            Self::Events => "Events and batches",
            Self::Merges => "Merges",
            Self::Rejections => "Rejected items",
            Self::Segments => "Segments",
            Self::Webhooks => "Webhooks",
            Self::Messages => "Messages",
            Self::Erasure => "Erasing",
        }
    }

    /// Anchor on the page.
    pub fn anchor(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Contact => "contact",
            Self::Events => "events",
            Self::Merges => "merges",
            Self::Rejections => "rejections",
            Self::Segments => "segments",
            Self::Webhooks => "webhooks",
            Self::Messages => "messages",
            Self::Erasure => "erasing",
        }
    }
}

/// Documentation of a call.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Name in programs.
    pub id: &'static str,
    pub resource: Resource,
    /// Effect in a few words.
    pub summary: &'static str,
    /// Further description.
    pub about: &'static str,
    /// Names of the query parameters.
    pub query: &'static [&'static str],
    /// Body, if the call has one.
    pub body: Option<Body>,
    /// Answer on success.
    pub answer: Answer,
    /// Codes of refusals besides those that any call may get.
    pub refused: &'static [Code],
}

/// A body: the name of its schema, and an example.
#[derive(Clone, Debug)]
pub struct Body {
    /// Name of the schema.
    pub schema: &'static str,
    /// An example that can be sent.
    pub example: Value,
}

/// The answer on success.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The profile after the change; nothing for keys that may not read.
    Changed,
    /// Another answer.
    Own {
        /// HTTP status.
        status: u16,
        /// Description.
        about: &'static str,
        /// Name of the schema.
        schema: &'static str,
        /// The answer to the example of the call.
        example: Value,
    },
}

/// An operation at its address.
#[derive(Clone, Debug)]
pub struct Described {
    pub method: Method,
    pub path: &'static str,
    /// Format and capability that the key needs.
    pub need: Need,
    pub operation: Operation,
}

impl Described {
    /// The path after [`BASE`].
    pub fn rest(&self) -> &'static str {
        self.path.strip_prefix(BASE).unwrap_or(self.path)
    }

    /// Names of the placeholders in the path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether the call names somebody, who may be nobody or several.
    pub fn is_about_somebody(&self) -> bool {
        self.path_parameters().any(|name| name == "id") || self.operation.query.contains(&"identifier")
    }

    /// Whether the call changes a profile, and heeds `If-Match`.
    pub fn is_conditional(&self) -> bool {
        !self.is_read() && self.path.contains("/profiles/{id}")
    }

    /// Whether the call changes nothing.
    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }
}

/// Routes with their documentation; a route without it cannot be added.
#[derive(Default)]
pub struct Calls {
    /// Routes for the site map.
    pub routes: Routes,
    /// Calls for the documentation.
    pub described: Vec<Described>,
}

impl Calls {
    /// Adds a call.
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
        let need = need.asking(operation.query);
        self.routes = self.routes.call(method.clone(), path, need, handler);
        self.described.push(Described { method, path, need, operation });
        self
    }
}
