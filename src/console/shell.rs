//! The shell of every signed-in page: navigation, operator, and the message about the last change.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use askama::{Template, filters::HtmlSafe};

use super::Scope;
use crate::{
    auth::{Permission, sessions::Membership},
    error::AppError,
    web::{Icon, respond::Flash},
    workspaces::EnvironmentKind,
};

/// The sections of the console, as the navigation lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The list of profiles, and every page about one profile.
    Profiles,
    /// Duplicates, and merges.
    Merges,
    /// What people ask for about their data.
    Requests,
    /// Files of profiles and events.
    Imports,
    Segments,
    /// Content that sites and apps show.
    ScreenViews,
    /// Messages to people, and what became of them.
    Messages,
    /// Templates of messages.
    Templates,
    /// Sending accounts.
    Sending,
    /// The latest calls of senders, live.
    Stream,
    Attributes,
    Tags,
    Events,
    /// Topics, purposes and rules of channels.
    Topics,
    /// The suppression list.
    Suppressions,
    /// Rejections: refused items of senders' calls.
    Rejections,
    Keys,
    /// What other systems are told.
    Webhooks,
    /// The team: operators of the workspace, and invitations.
    Operators,
    Settings,
    /// The audit log.
    Audit,
    /// Keys of the keyboard, the search box, and where the documents are.
    Help,
}

impl Section {
    /// Groups of the navigation, in order; the first and the last have no name.
    pub const GROUPS: [(&'static str, &'static [Self]); 5] = [
        ("", &[Self::Profiles, Self::Segments, Self::ScreenViews, Self::Messages, Self::Merges, Self::Requests]),
        (
            "Data",
            &[
                Self::Imports,
                Self::Attributes,
                Self::Tags,
                Self::Events,
                Self::Topics,
                Self::Suppressions,
                Self::Templates,
            ],
        ),
        ("Systems", &[Self::Stream, Self::Rejections, Self::Keys, Self::Webhooks, Self::Sending]),
        ("Workspace", &[Self::Operators, Self::Settings, Self::Audit]),
        ("", &[Self::Help]),
    ];

    fn all() -> impl Iterator<Item = Self> {
        Self::GROUPS.into_iter().flat_map(|(_, sections)| sections.iter().copied())
    }

    /// The section of an address.
    pub fn of(path: &str) -> Self {
        let named = path.split('/').nth(3).unwrap_or_default();
        Self::all().find(|section| section.path() == named).unwrap_or(Self::Profiles)
    }

    /// The permission that a role needs to see the section.
    pub fn permission(self) -> Permission {
        match self {
            Self::Requests => Permission::Erase,
            Self::Imports => Permission::Import,
            Self::Sending => Permission::ManageSending,
            Self::Keys => Permission::ManageKeys,
            Self::Webhooks => Permission::ManageWebhooks,
            Self::Operators => Permission::ManageOperators,
            Self::Settings => Permission::ManageSettings,
            Self::Audit => Permission::ReadAudit,
            _ => Permission::ReadProfiles,
        }
    }

    /// Label in the navigation.
    pub fn label(self) -> &'static str {
        match self {
            Self::Profiles => "Profiles",
            Self::Segments => "Segments",
            Self::ScreenViews => "Screen views",
            Self::Messages => "Messages",
            Self::Templates => "Templates",
            Self::Sending => "Sending",
            Self::Merges => "Merges",
            Self::Requests => "Data requests",
            Self::Imports => "Import",
            Self::Stream => "Live stream",
            Self::Attributes => "Attributes",
            Self::Tags => "Tags",
            Self::Events => "Events",
            Self::Topics => "Topics",
            Self::Suppressions => "Suppressions",
            Self::Rejections => "Rejected items",
            Self::Keys => "API keys",
            Self::Webhooks => "Webhooks",
            Self::Operators => "Team",
            Self::Settings => "Settings",
            Self::Audit => "Audit log",
            Self::Help => "Help",
        }
    }

    /// Sign beside the label.
    pub fn icon(self) -> Icon {
        match self {
            Self::Profiles => Icon::People,
            Self::Segments => Icon::Segment,
            Self::ScreenViews => Icon::Eye,
            Self::Messages => Icon::Message,
            Self::Templates => Icon::Page,
            Self::Sending => Icon::Truck,
            Self::Merges => Icon::Merge,
            Self::Requests => Icon::Identity,
            Self::Imports => Icon::Import,
            Self::Stream => Icon::Stream,
            Self::Attributes => Icon::Attribute,
            Self::Tags => Icon::Tag,
            Self::Events => Icon::Event,
            Self::Topics => Icon::Subscription,
            Self::Suppressions => Icon::Cross,
            Self::Rejections => Icon::Rejected,
            Self::Keys => Icon::Key,
            Self::Webhooks => Icon::Link,
            Self::Operators => Icon::Team,
            Self::Settings => Icon::Settings,
            Self::Audit => Icon::Audit,
            Self::Help => Icon::Help,
        }
    }

    /// Last part of the section's address.
    pub fn path(self) -> &'static str {
        match self {
            Self::Profiles => "profiles",
            Self::Segments => "segments",
            Self::ScreenViews => "screen-views",
            Self::Messages => "messages",
            Self::Templates => "templates",
            Self::Sending => "sending",
            Self::Merges => "merges",
            Self::Requests => "requests",
            Self::Imports => "imports",
            Self::Stream => "stream",
            Self::Attributes => "attributes",
            Self::Tags => "tags",
            Self::Events => "events",
            Self::Topics => "topics",
            Self::Suppressions => "suppressions",
            Self::Rejections => "rejections",
            Self::Keys => "keys",
            Self::Webhooks => "webhooks",
            Self::Operators => "operators",
            Self::Settings => "settings",
            Self::Audit => "audit",
            Self::Help => "help",
        }
    }
}

/// Other workspaces that the switcher shows; a page has all.
const SWITCHED: usize = 12;

/// Access key of the list of profiles, where the search box has the focus.
pub const LIST_KEY: &str = "p";
/// Access key of the search box of a list.
pub const SEARCH_KEY: &str = "s";

/// What surrounds a signed-in page: band, navigation, operator.
#[derive(Clone, Debug, Template)]
#[template(path = "layout/rail.html")]
pub struct Shell {
    /// Workspace, environment, operator and role.
    pub scope: Scope,
    /// Form token of the session.
    pub csrf: String,
    /// Message about the last change, if there is one.
    pub flash: Option<Flash>,
    /// Section of the page.
    pub section: Section,
    /// Whether the form of the page holds what was typed before the operator signed in again.
    pub has_unsent: bool,
}

impl HtmlSafe for Shell {}

/// The message about the last change, as a coloured line.
#[derive(Template)]
#[template(path = "ui/notice.html")]
pub struct Notice<'a> {
    flash: Option<&'a Flash>,
    has_unsent: bool,
}

impl HtmlSafe for Notice<'_> {}

impl<'a> Notice<'a> {
    /// Empty if there is no message.
    pub fn new(flash: Option<&'a Flash>) -> Self {
        Self { flash, has_unsent: false }
    }
}

impl Shell {
    /// Class of the page, which gives it the workspace's colour.
    pub fn accent(&self) -> String {
        format!("accent-{}", self.scope.workspace.accent.as_str())
    }

    /// The message for this page, if there is one.
    pub fn notice(&self) -> Notice<'_> {
        Notice { flash: self.flash.as_ref(), has_unsent: self.has_unsent }
    }

    /// The groups of the navigation, with the sections that the role may see.
    fn groups(&self) -> Vec<(&'static str, Vec<Section>)> {
        let seen =
            |sections: &[Section]| sections.iter().copied().filter(|it| self.scope.role.can(it.permission())).collect();
        let groups = Section::GROUPS.into_iter().map(|(name, sections)| (name, seen(sections)));
        groups.filter(|(_, sections): &(_, Vec<Section>)| !sections.is_empty()).collect()
    }

    /// The first other workspaces of the operator: name, and address of this section there, or of the list where the role may not see it.
    fn elsewhere(&self) -> Vec<(&str, String)> {
        let others = self.scope.memberships.iter().filter(|it| it.workspace.id != self.scope.workspace.id);
        let there = |membership: &'_ Membership| {
            let may = membership.role.can(self.section.permission());
            let section = if may { self.section } else { Section::Profiles };
            format!("/{}/{}/{}", membership.workspace.slug, self.scope.kind.as_str(), section.path())
        };
        others.take(SWITCHED).map(|it| (it.workspace.name.as_str(), there(it))).collect()
    }

    /// Whether the operator has more workspaces than the switcher shows.
    fn has_more(&self) -> bool {
        self.scope.memberships.len() > SWITCHED + 1
    }

    /// Address of this section in an environment of the same workspace.
    fn switch(&self, kind: &EnvironmentKind) -> String {
        format!("/{}/{}/{}", self.scope.workspace.slug, kind.as_str(), self.section.path())
    }
}

/// Form token of this browser, put into the request by the guard.
#[derive(Clone, Debug)]
pub struct Csrf(pub String);

impl FromRequest for Csrf {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            request.extensions().get::<Self>().cloned().ok_or(AppError::BadRequest(
                "This form has no token. Go back, reload the page and send the form again.",
            )),
        )
    }
}
