//! What operators may do, as one table.

/// What an operator is in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Role {
    /// Finds groups, reads profiles.
    Marketer,
    /// Finds one person, helps, leaves notes.
    Support,
    /// Everything.
    Admin,
}

/// Something that a role may or may not do. Routes ask for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// See profiles, their activity and their notes.
    ReadProfiles,
    /// Write notes, and change those that are there.
    Note,
    /// Make profiles, and change what is known of a person.
    EditProfiles,
    /// Decide what attributes, tags and events are called and how they are treated.
    ManageCatalogues,
    /// Make and revoke the keys of senders.
    ManageKeys,
    /// Make two profiles one, and take that back.
    Merge,
}

impl Permission {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::ReadProfiles, Self::Note, Self::EditProfiles, Self::Merge, Self::ManageCatalogues, Self::ManageKeys];

    /// As in "it needs the permission to …".
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadProfiles => "read profiles",
            Self::Note => "write notes",
            Self::EditProfiles => "edit profiles",
            Self::ManageCatalogues => "manage catalogues",
            Self::ManageKeys => "manage keys",
            Self::Merge => "merge profiles",
        }
    }
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Marketer, Self::Support, Self::Admin];

    /// The one place that says who may do what.
    pub fn can(self, permission: Permission) -> bool {
        match permission {
            Permission::ReadProfiles => true,
            Permission::Note | Permission::EditProfiles => self >= Self::Support,
            Permission::Merge | Permission::ManageCatalogues | Permission::ManageKeys => self == Self::Admin,
        }
    }

    /// May write notes.
    pub fn can_note(self) -> bool {
        self.can(Permission::Note)
    }

    /// May make and change profiles.
    pub fn can_edit(self) -> bool {
        self.can(Permission::EditProfiles)
    }

    /// May change catalogues.
    pub fn can_manage(self) -> bool {
        self.can(Permission::ManageCatalogues)
    }

    /// May merge profiles.
    pub fn can_merge(self) -> bool {
        self.can(Permission::Merge)
    }

    /// As in the database and on pages.
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
