//! Documentation of the call about screen views.

use serde_json::json;

use super::operation;
use crate::developers::{Operation, Resource};

pub fn get_content() -> Operation {
    let about = "The screen views of the console that are shown now to audiences with this person, the greatest priority first; which and how \
        many of them you show is yours to decide. Tell kith what you showed by an event `dynamicContent.show` with the view's id as its \
        property `id`. Sensitive values are in it. Faults are screen views that cannot be filled in for this person, or whose audience \
        names something that is gone.";
    operation("getContent", Resource::Messages, "Ask what to show to somebody in a site or app", about).answers(
        200,
        "ContentShown",
        "What to show.",
        json!({
            "content": [{
                "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b31", "name": "Welcome back", "priority": 500, "until": "2026-12-24T18:00:00Z",
                "content": {"title": "Welcome back, Priya", "button": {"text": "See what is new", "href": "/new"}},
            }],
            "faults": [{
                "id": "019aa8f2-3c5e-7b11-9d42-6f0c1f7a2b32", "name": "Points",
                "reason": "Line 1: the filter `divided_by` cannot be applied: can't divide by zero.",
            }],
        }),
    )
}
