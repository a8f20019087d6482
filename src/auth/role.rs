//! Roles and permissions, as one table.

/// Role of an operator in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Role {
    /// Finds groups, reads profiles.
    Marketer,
    /// Finds one person, helps, leaves notes.
    Support,
    /// Everything.
    Admin,
}

/// A permission, which a route asks for and a role has or lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See profiles, their activity and their notes.
    ReadProfiles,
    /// Take files of profiles.
    Export,
    /// Write and edit notes.
    Note,
    /// Create profiles, and edit them.
    EditProfiles,
    /// Import files of profiles and events.
    Import,
    /// Edit the definitions of attributes, tags and events.
    ManageCatalogues,
    /// Send messages to people, and cancel them.
    SendMessages,
    /// Write and change templates of messages.
    ManageTemplates,
    /// Create and change sending accounts.
    ManageSending,
    /// Create and revoke the keys of senders.
    ManageKeys,
    /// Create and change webhooks, and read what they sent.
    ManageWebhooks,
    /// Merge profiles, and undo merges.
    Merge,
    /// Erase people for good.
    Erase,
    /// Subscribe somebody to messages, and unsubscribe them.
    ChangeSubscriptions,
    /// Invite operators, change their roles, disable and remove them.
    ManageOperators,
    /// Read and download the audit log.
    ReadAudit,
    /// Change what holds for the whole workspace.
    ManageSettings,
    /// Save lists of profiles as views of one's own.
    SaveViews,
    /// Create, change and delete the views that everybody has.
    ShareViews,
    /// Define segments, change and archive them.
    ManageSegments,
}

impl Permission {
    /// All permissions, in the order of the table.
    pub const ALL: [Self; 20] = [
        Self::ReadProfiles,
        Self::Export,
        Self::Note,
        Self::EditProfiles,
        Self::SaveViews,
        Self::ShareViews,
        Self::ManageSegments,
        Self::ManageTemplates,
        Self::SendMessages,
        Self::Merge,
        Self::Erase,
        Self::ChangeSubscriptions,
        Self::Import,
        Self::ManageCatalogues,
        Self::ManageKeys,
        Self::ManageWebhooks,
        Self::ManageSending,
        Self::ManageOperators,
        Self::ManageSettings,
        Self::ReadAudit,
    ];

    /// Text after "it needs the permission to …".
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadProfiles => "read profiles",
            Self::Export => "export profiles",
            Self::Note => "write notes",
            Self::EditProfiles => "edit profiles",
            Self::Import => "import files",
            Self::ManageCatalogues => "manage attributes, tags and events",
            Self::SendMessages => "send messages",
            Self::ManageTemplates => "manage message templates",
            Self::ManageSending => "manage sending accounts",
            Self::ManageKeys => "manage API keys",
            Self::ManageWebhooks => "manage webhooks",
            Self::Merge => "merge profiles",
            Self::Erase => "erase people",
            Self::ChangeSubscriptions => "change subscriptions",
            Self::ManageOperators => "manage the team",
            Self::ReadAudit => "read the audit log",
            Self::ManageSettings => "change settings",
            Self::SaveViews => "save views",
            Self::ShareViews => "manage shared views",
            Self::ManageSegments => "manage segments",
        }
    }
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Marketer, Self::Support, Self::Admin];

    /// Whether the role has the permission: the only table of who may do what.
    pub fn can(self, permission: Permission) -> bool {
        match permission {
            Permission::ReadProfiles
            | Permission::Export
            | Permission::SaveViews
            | Permission::ManageSegments
            | Permission::ManageTemplates => true,
            Permission::Note | Permission::EditProfiles | Permission::SendMessages => self >= Self::Support,
            Permission::Merge
            | Permission::Erase
            | Permission::ChangeSubscriptions
            | Permission::Import
            | Permission::ManageCatalogues
            | Permission::ManageKeys
            | Permission::ManageSending
            | Permission::ManageWebhooks
            | Permission::ManageOperators
            | Permission::ReadAudit
            | Permission::ManageSettings
            | Permission::ShareViews => self == Self::Admin,
        }
    }

    /// Whether the role may write notes.
    pub fn can_note(self) -> bool {
        self.can(Permission::Note)
    }

    /// Whether the role may send messages.
    pub fn can_send(self) -> bool {
        self.can(Permission::SendMessages)
    }

    /// Whether the role may manage sending accounts.
    pub fn can_manage_sending(self) -> bool {
        self.can(Permission::ManageSending)
    }

    /// Whether the role may create and edit profiles.
    pub fn can_edit(self) -> bool {
        self.can(Permission::EditProfiles)
    }

    /// Whether the role may edit definitions.
    pub fn can_manage(self) -> bool {
        self.can(Permission::ManageCatalogues)
    }

    /// Whether the role may merge profiles.
    pub fn can_merge(self) -> bool {
        self.can(Permission::Merge)
    }

    /// Label for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Marketer => "Marketer",
            Self::Support => "Support",
            Self::Admin => "Admin",
        }
    }

    /// What the role is for, for whoever chooses one.
    pub fn about(self) -> &'static str {
        match self {
            Self::Marketer => "Can search and read profiles.",
            Self::Support => "Can also write notes and edit profiles.",
            Self::Admin => "Can do everything.",
        }
    }

    /// Whether the role may erase people.
    pub fn can_erase(self) -> bool {
        self.can(Permission::Erase)
    }

    /// Whether the role may change what somebody receives.
    pub fn can_change_subscriptions(self) -> bool {
        self.can(Permission::ChangeSubscriptions)
    }

    /// Whether the role may change what holds for the whole workspace.
    pub fn can_change_settings(self) -> bool {
        self.can(Permission::ManageSettings)
    }

    /// Whether the role may read the audit log.
    pub fn can_read_audit(self) -> bool {
        self.can(Permission::ReadAudit)
    }

    /// Whether the role may save views of its own.
    pub fn can_save_views(self) -> bool {
        self.can(Permission::SaveViews)
    }

    /// Whether the role may manage the views that everybody has.
    pub fn can_share_views(self) -> bool {
        self.can(Permission::ShareViews)
    }

    /// Name in the database and on pages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Marketer => "marketer",
            Self::Support => "support",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(())
    }
}
