//! What the audit log tells of.

use crate::words::words;

words! {
    /// What somebody did outside profiles, or was refused. The label is the filter's; what a line says is told by the page.
    pub enum Action {
        SignedIn = "signed in", "Signed in";
        SignedOut = "signed out", "Signed out";
        SignedOutEverywhere = "signed out everywhere", "Signed out everywhere";
        /// Wrong password, or no such account.
        SignInRefused = "sign-in refused", "Sign-in refused";
        /// A sign-in after too many failures.
        ManySignInsRefused = "sign-in refused after many", "Sign-in refused after too many tries";
        /// A new password: the present one was wrong.
        PasswordRefused = "password refused", "New password refused";
        /// A page or a form beyond the operator's role.
        PermissionRefused = "permission refused", "Page refused by role";
        /// A form that no page of the console sent.
        FormRefused = "form refused", "Form refused";
        OperatorAdded = "operator added", "Operator added";
        OperatorInvited = "operator invited", "Somebody invited";
        InvitationRenewed = "invitation renewed", "Invitation renewed";
        InvitationWithdrawn = "invitation withdrawn", "Invitation withdrawn";
        RoleChanged = "role changed", "Role changed";
        OperatorDisabled = "operator disabled", "Operator disabled";
        OperatorEnabled = "operator enabled", "Operator enabled";
        OperatorRemoved = "operator removed", "Operator removed";
        /// All sessions of an operator, by somebody else.
        SessionsEnded = "sessions ended", "Sessions ended";
        PasswordSet = "password set", "Password set";
        EmailSet = "email set", "Email changed";
        /// By the operator.
        NameChanged = "name changed", "Name changed";
        /// One of the operator's own sessions, or all but the one in use.
        SignedOutElsewhere = "signed out elsewhere", "Signed out elsewhere";
        KeyMade = "key made", "API key created";
        KeyRevoked = "key revoked", "API key revoked";
        AttributeMade = "attribute made", "Attribute created";
        AttributeChanged = "attribute changed", "Attribute changed";
        AttributeTypeChanged = "attribute type changed", "Attribute type changed";
        AttributeRetired = "attribute retired", "Attribute retired";
        AttributeBroughtBack = "attribute brought back", "Attribute brought back";
        EventRetentionChanged = "event retention changed", "Days an event is kept changed";
        /// A hidden value was looked at.
        Revealed = "reveal", "Hidden value shown";
        SuggestionDismissed = "merge suggestion dismissed", "Merge suggestion dismissed";
        SuggestionBroughtBack = "merge suggestion brought back", "Merge suggestion brought back";
    }
}
