//! What the audit log tells of.

use crate::words::words;

words! {
    /// What the lines of the audit log are about, for choosing among them.
    pub enum Topic {
        SignIns = "sign-ins", "Signing in and out";
        Team = "team", "Team";
        /// Workspaces, their groups, and organisation admins.
        Organisation = "organisation", "Organisation";
        Settings = "settings", "Settings";
        Keys = "keys", "API keys";
        Webhooks = "webhooks", "Webhooks";
        Messages = "messages", "Templates and sending accounts";
        Definitions = "definitions", "Attributes, tags, events, segments and screen views";
        /// Hidden values that somebody looked at.
        Values = "values", "Hidden values";
        People = "people", "Changes of many people";
        Downloads = "downloads", "Downloads";
        /// Pages and forms that were refused; refused sign-ins are among the sign-ins.
        Refusals = "refusals", "Refused pages and forms";
    }
}

words! {
    /// What somebody did outside profiles, or was refused. The label begins the sentence about it: what it was done to follows.
    pub enum Action {
        SignedIn = "signed in", "Signed in";
        SignedOut = "signed out", "Signed out";
        SignedOutEverywhere = "signed out everywhere", "Signed out everywhere";
        /// Wrong password, or no such account.
        SignInRefused = "sign-in refused", "Could not sign in: the password was wrong";
        /// A sign-in after too many failures.
        ManySignInsRefused = "sign-in refused after many", "Could not sign in: too many wrong passwords before";
        /// A new password: the present one was wrong.
        PasswordRefused = "password refused", "Could not set a new password: the current one was wrong";
        /// A page or a form beyond the operator's role.
        PermissionRefused = "permission refused", "Was refused a page that needs the permission to";
        /// A form that no page of the console sent.
        FormRefused = "form refused", "Was refused a form that did not come from a page of kith";
        OperatorAdded = "operator added", "Joined the workspace";
        OperatorInvited = "operator invited", "Invited";
        InvitationRenewed = "invitation renewed", "Renewed the invitation of";
        InvitationWithdrawn = "invitation withdrawn", "Withdrew the invitation of";
        RoleChanged = "role changed", "Changed the role of";
        OperatorDisabled = "operator disabled", "Disabled";
        OperatorEnabled = "operator enabled", "Enabled";
        OperatorRemoved = "operator removed", "Removed from the workspace:";
        /// By an organisation admin, for themselves.
        RoleTaken = "role taken", "As an organisation admin, joined the workspace";
        WorkspaceMade = "workspace made", "Created the workspace";
        GroupMade = "group made", "Created the group";
        GroupChanged = "group changed", "Changed the group";
        GroupDissolved = "group dissolved", "Dissolved the group";
        GroupJoined = "group joined", "Added the workspace to a group:";
        GroupLeft = "group left", "Removed the workspace from a group:";
        OrganisationAdminMade = "organisation admin made", "Made an organisation admin:";
        OrganisationAdminUnmade = "organisation admin unmade", "Took the rights of an organisation admin from";
        /// All sessions of an operator, by somebody else.
        SessionsEnded = "sessions ended", "Ended the sessions of";
        EmailSet = "email set", "Got another email";
        /// By the operator.
        NameChanged = "name changed", "Changed their own name";
        /// One of the operator's own sessions, or all but the one in use.
        SignedOutElsewhere = "signed out elsewhere", "Signed out elsewhere";
        PasswordSet = "password set", "Got a new password";
        SettingChanged = "setting changed", "Changed the setting";
        SectionMade = "section made", "Created the section";
        SectionChanged = "section changed", "Changed the section";
        SectionRemoved = "section removed", "Removed the section";
        TopicMade = "topic made", "Created the topic";
        TopicChanged = "topic changed", "Changed the topic";
        TopicRetired = "topic retired", "Retired the topic";
        TopicBroughtBack = "topic brought back", "Brought back the topic";
        TopicsOrdered = "topics ordered", "Changed the order of topics";
        PurposeMade = "purpose made", "Defined the purpose";
        PurposeChanged = "purpose changed", "Changed the purpose";
        PurposeRemoved = "purpose removed", "Removed the purpose";
        ChannelChanged = "channel changed", "Changed the rules of the channel";
        ViewShared = "view shared", "Shared the view";
        ViewChanged = "view changed", "Changed the shared view";
        ViewUnshared = "view unshared", "Stopped sharing the view";
        ViewRemoved = "view removed", "Deleted the shared view";
        WebhookMade = "webhook made", "Created the webhook";
        WebhookChanged = "webhook changed", "Changed the webhook";
        WebhookTurnedOn = "webhook turned on", "Turned on the webhook";
        WebhookTurnedOff = "webhook turned off", "Turned off the webhook";
        /// By kith itself.
        WebhookGivenUp = "webhook given up", "Turned off by itself: the webhook";
        WebhookSecretShown = "webhook secret shown", "Looked at the secret of the webhook";
        WebhookSecretChanged = "webhook secret changed", "Replaced the secret of the webhook";
        WebhookDeleted = "webhook deleted", "Deleted the webhook";
        WebhookSentAgain = "webhook sent again", "Sent messages again to the webhook";
        SendingAccountMade = "sending account made", "Created the sending account";
        SendingAccountChanged = "sending account changed", "Changed the sending account";
        SendingAccountTurnedOn = "sending account turned on", "Turned on the sending account";
        SendingAccountTurnedOff = "sending account turned off", "Turned off the sending account";
        SendingAccountRemoved = "sending account removed", "Removed the sending account";
        SendingAccountTested = "sending account tested", "Sent a test with the sending account";
        TemplateMade = "template made", "Created the message template";
        TemplateChanged = "template changed", "Changed the message template";
        TemplateArchived = "template archived", "Archived the message template";
        TemplateBroughtBack = "template brought back", "Brought back the message template";
        KeyMade = "key made", "Created the API key";
        KeyRevoked = "key revoked", "Revoked the API key";
        AttributeMade = "attribute made", "Created the attribute";
        AttributeChanged = "attribute changed", "Changed the attribute";
        AttributeTypeChanged = "attribute type changed", "Changed the type of the attribute";
        AttributeRetired = "attribute retired", "Retired the attribute";
        AttributeBroughtBack = "attribute brought back", "Brought back the attribute";
        TagMade = "tag made", "Created the tag";
        TagChanged = "tag changed", "Changed the tag";
        SegmentMade = "segment made", "Created the segment";
        SegmentChanged = "segment changed", "Changed the segment";
        SegmentArchived = "segment archived", "Archived the segment";
        SegmentBroughtBack = "segment brought back", "Brought back the segment";
        ScreenViewMade = "screen view made", "Created the screen view";
        ScreenViewChanged = "screen view changed", "Changed the screen view";
        ScreenViewArchived = "screen view archived", "Archived the screen view";
        ScreenViewBroughtBack = "screen view brought back", "Brought back the screen view";
        /// In the logs of both workspaces.
        MembershipShared = "membership shared", "Shared a segment as an attribute:";
        MembershipChanged = "membership changed", "Changed how often an attribute follows its segment:";
        MembershipStopped = "membership stopped", "Stopped sharing a segment as an attribute:";
        EventMade = "event made", "Created the event";
        EventChanged = "event changed", "Changed the event";
        EventRetentionChanged = "event retention changed", "Changed how long an event is kept:";
        /// A hidden value was looked at.
        Revealed = "reveal", "Looked at the hidden value";
        SuggestionDismissed = "merge suggestion dismissed", "Dismissed the suggestion to merge";
        SuggestionBroughtBack = "merge suggestion brought back", "Brought back the suggestion to merge";
        /// What somebody asked for about their data.
        RequestAnswered = "request answered", "Answered the request about data of";
        LinkShown = "link shown", "Looked at the link to the preferences of";
        LinksRevoked = "links revoked", "Revoked the links of";
        /// Who it was is told nowhere.
        PersonErased = "person erased", "Erased a person";
        /// A change of many profiles.
        JobBegun = "job begun", "Started a change of many people:";
        FileBrought = "file brought", "Uploaded the file to import";
        FileRemoved = "file removed", "Removed the file that was not imported:";
        ImportBegun = "import begun", "Started to import the file";
        ImportStopped = "import stopped", "Stopped the import of the file";
        ImportUndone = "import undone", "Started to undo the import of the file";
        /// Addresses that may be nobody's.
        AddressesSuppressed = "addresses suppressed", "Put addresses on the suppression list";
        AddressReleased = "address released", "Removed an address from the suppression list";
        ProfilesExported = "profiles exported", "Exported profiles";
        /// With how many people were in the file.
        ExportFinished = "export finished", "Got all of an export";
        /// With how many people had been sent.
        ExportBroken = "export broken", "Got only a part of an export";
        SuppressionsDownloaded = "suppressions downloaded", "Downloaded the suppression list";
        AuditDownloaded = "audit log downloaded", "Downloaded the audit log";
        /// By the command line, as the two below.
        BackupWritten = "backup written", "Wrote the backup";
        BackupChecked = "backup checked", "Checked the backup";
        /// In the database that was restored.
        BackupRestored = "backup restored", "Restored the backup";
    }
}

impl Action {
    /// What it is about.
    pub fn topic(self) -> Topic {
        match self {
            Self::SignedIn
            | Self::SignedOut
            | Self::SignedOutEverywhere
            | Self::SignedOutElsewhere
            | Self::SignInRefused
            | Self::ManySignInsRefused => Topic::SignIns,
            Self::PermissionRefused | Self::FormRefused => Topic::Refusals,
            Self::OperatorAdded
            | Self::OperatorInvited
            | Self::InvitationRenewed
            | Self::InvitationWithdrawn
            | Self::RoleChanged
            | Self::OperatorDisabled
            | Self::OperatorEnabled
            | Self::OperatorRemoved
            | Self::RoleTaken
            | Self::SessionsEnded
            | Self::EmailSet
            | Self::NameChanged
            | Self::PasswordSet
            | Self::PasswordRefused => Topic::Team,
            Self::WorkspaceMade
            | Self::GroupMade
            | Self::GroupChanged
            | Self::GroupDissolved
            | Self::GroupJoined
            | Self::GroupLeft
            | Self::OrganisationAdminMade
            | Self::OrganisationAdminUnmade
            | Self::BackupWritten
            | Self::BackupChecked
            | Self::BackupRestored => Topic::Organisation,
            Self::SettingChanged
            | Self::ViewShared
            | Self::ViewChanged
            | Self::ViewUnshared
            | Self::ViewRemoved
            | Self::SectionMade
            | Self::SectionChanged
            | Self::SectionRemoved
            | Self::TopicMade
            | Self::TopicChanged
            | Self::TopicRetired
            | Self::TopicBroughtBack
            | Self::TopicsOrdered
            | Self::PurposeMade
            | Self::PurposeChanged
            | Self::PurposeRemoved
            | Self::ChannelChanged => Topic::Settings,
            Self::KeyMade | Self::KeyRevoked => Topic::Keys,
            Self::WebhookMade
            | Self::WebhookChanged
            | Self::WebhookTurnedOn
            | Self::WebhookTurnedOff
            | Self::WebhookGivenUp
            | Self::WebhookSecretShown
            | Self::WebhookSecretChanged
            | Self::WebhookDeleted
            | Self::WebhookSentAgain => Topic::Webhooks,
            Self::SendingAccountMade
            | Self::SendingAccountChanged
            | Self::SendingAccountTurnedOn
            | Self::SendingAccountTurnedOff
            | Self::SendingAccountRemoved
            | Self::SendingAccountTested
            | Self::TemplateMade
            | Self::TemplateChanged
            | Self::TemplateArchived
            | Self::TemplateBroughtBack => Topic::Messages,
            Self::AttributeMade
            | Self::AttributeChanged
            | Self::AttributeTypeChanged
            | Self::AttributeRetired
            | Self::AttributeBroughtBack
            | Self::TagMade
            | Self::TagChanged
            | Self::SegmentMade
            | Self::SegmentChanged
            | Self::SegmentArchived
            | Self::SegmentBroughtBack
            | Self::ScreenViewMade
            | Self::ScreenViewChanged
            | Self::ScreenViewArchived
            | Self::ScreenViewBroughtBack
            | Self::MembershipShared
            | Self::MembershipChanged
            | Self::MembershipStopped
            | Self::EventMade
            | Self::EventChanged
            | Self::EventRetentionChanged => Topic::Definitions,
            Self::Revealed => Topic::Values,
            Self::SuggestionDismissed
            | Self::SuggestionBroughtBack
            | Self::RequestAnswered
            | Self::LinkShown
            | Self::LinksRevoked
            | Self::PersonErased
            | Self::JobBegun
            | Self::FileBrought
            | Self::FileRemoved
            | Self::ImportBegun
            | Self::ImportStopped
            | Self::ImportUndone
            | Self::AddressesSuppressed
            | Self::AddressReleased => Topic::People,
            Self::AuditDownloaded
            | Self::SuppressionsDownloaded
            | Self::ProfilesExported
            | Self::ExportFinished
            | Self::ExportBroken => Topic::Downloads,
        }
    }
}
