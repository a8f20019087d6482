//! All codes of refusals. Programs rely on them: the meaning of a code never changes.

use serde::{Serialize, Serializer};

/// Why a call, or an item of one, is refused: for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    name: &'static str,
    status: u16,
    meaning: &'static str,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        self.name
    }

    /// HTTP status of a call that is refused with this code.
    pub fn status(self) -> u16 {
        self.status
    }

    /// Meaning and remedy, for the documentation.
    pub fn meaning(self) -> &'static str {
        self.meaning
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// Tests compare the output of adapters as JSON.
#[cfg(test)]
impl PartialEq<Code> for serde_json::Value {
    fn eq(&self, code: &Code) -> bool {
        self == code.name
    }
}

macro_rules! codes {
    ($($name:ident = $word:literal, $status:literal, $meaning:literal;)+) => {
        $(#[doc = $meaning] pub const $name: Code = Code { name: $word, status: $status, meaning: $meaning };)+

        /// All codes, by status.
        pub const ALL: &[Code] = &[$($name,)+];
    };
}

codes! {
    ERASED = "erased", 400, "It is about somebody who was erased since it was said. Nothing of it is stored.";
    BLOCKED = "blocked", 400, "It is about somebody who was erased for good and may not come back. Nothing of it is stored.";
    INCOMPLETE_BODY = "incomplete_body", 400, "The body broke off before its end. Send it again.";
    INVALID_ENCODING = "invalid_encoding", 400, "The body cannot be inflated, or is not what its Content-Encoding says.";
    INVALID_JSON = "invalid_json", 400, "The body or the item is not JSON, or not the kind of JSON that belongs there.";
    INVALID_REQUEST = "invalid_request", 400, "The call is not understood; the message says why.";
    INVALID_VALUE = "invalid_value", 400, "A value breaks a rule; the message names the field, the rule and the value.";
    MISSING_ID = "missing_id", 400, "Nobody is named. Give an identifier.";
    NOT_STORED = "not_stored", 400, "kith cannot store this item; the server's log has the cause.";
    PLACEHOLDER_ID = "placeholder_id", 400, "An identifier is what programs send where there is none, such as undefined or null. It identifies nobody; send the person's own.";
    UNKNOWN_FIELD = "unknown_field", 400, "A field that does not exist; check its spelling.";
    UNKNOWN_TYPE = "unknown_type", 400, "A type of item that does not exist.";
    MISSING_KEY = "missing_key", 401, "The call has no key.";
    REVOKED_KEY = "revoked_key", 401, "The key was revoked. Create a new one.";
    UNKNOWN_KEY = "unknown_key", 401, "There is no such key. Check that all of it was copied, and to the right server.";
    FORMAT_NOT_ALLOWED = "format_not_allowed", 403, "The key may not use this format.";
    NOT_ALLOWED = "not_allowed", 403, "The key may not do this: it lacks the capability, or it is one for browsers and sends If-Match or names an address of others.";
    ORIGIN_NOT_ALLOWED = "origin_not_allowed", 403, "A key for browsers is used by a page of another origin.";
    SERVER_KEY_IN_BROWSER = "server_key_in_browser", 403, "A browser sent a key for servers, where everybody can read it. Revoke it.";
    NOT_FOUND = "not_found", 404, "There is nothing at this address, or no such profile or segment.";
    WRONG_METHOD = "wrong_method", 405, "The address takes another method.";
    SLOW_BODY = "slow_body", 408, "The body did not arrive in time. Send it again.";
    NOT_WAITING = "not_waiting", 409, "The message is no longer waiting, so it cannot be cancelled.";
    ALREADY_UNDONE = "already_undone", 409, "The merge was undone before.";
    MERGED_SINCE = "merged_since", 409, "The survivor became part of somebody else since. Undo that merge first.";
    UNDO_TOO_LATE = "undo_too_late", 409, "The merge is more than 30 days old and can no longer be undone.";
    AMBIGUOUS = "ambiguous", 409, "The address can mean several people, and none is guessed. Name one by an id; candidates has kith's own.";
    LIMIT_REACHED = "limit_reached", 409, "It would go beyond a limit of tags, attributes, devices or new names; the message says which.";
    IN_PROGRESS = "in_progress", 409, "A call with this Idempotency-Key is still being done. Wait as long as Retry-After says and send it again.";
    KEPT_STRICTER = "kept_stricter", 409, "Somebody said no, and the key may not loosen subscriptions: the stricter answer stays. The rest of the item is stored.";
    NOT_KEPT = "not_kept", 409, "The members of that segment are not kept with keys for servers: its filter or colleagues decide, or it is archived.";
    PROTECTED = "protected", 409, "It would change what is known of somebody who has an id, and a key for browsers may not. Send it with a key for servers.";
    CHANGED = "changed", 412, "The profile is not in the version that If-Match names. Nothing of it is stored; read it again.";
    TOO_LARGE = "too_large", 413, "Too many bytes or items. Send less at once.";
    UNSUPPORTED_ENCODING = "unsupported_encoding", 415, "The body is packed in a way that kith cannot unpack. Send it as gzip or deflate, once, or plain.";
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", 422, "The Idempotency-Key was used for another call. Use a new one for each call.";
    RATE_LIMITED = "rate_limited", 429, "The key made too many calls. Wait as long as Retry-After says.";
    UNEXPECTED = "unexpected", 500, "Something broke on our side; the log has the cause under the answer's x-request-id. Send it again.";
    BUSY = "busy", 503, "Too much is being sent at once. Wait as long as Retry-After says and send it again.";
    TOO_SLOW = "too_slow", 503, "It took too long and was stopped. Send all of it again, or less at once.";
    UNAVAILABLE = "unavailable", 503, "The database is away. Send all of it again: what was stored already is not stored twice.";
    FAILING = "failing", 503, "The database cannot do its work, because its disk is full for example. Send all of it again.";
}
