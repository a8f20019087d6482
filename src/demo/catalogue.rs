//! Definitions of the demo's tags, events and attributes.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult, prelude::*};

use crate::{
    db::{
        ids::{DefinitionId, EnvironmentId},
        schema::{attribute_definitions, event_definitions, tag_definitions},
    },
    events,
    web::Icon,
};

/// Tag, colour and description.
const TAGS: [(&str, &str, &str); 5] = [
    ("vip", "violet", "Spends a lot, or many listen to them: answer first."),
    ("churn-risk", "red", "Has been quiet for long."),
    ("wholesale", "amber", "Asked about prices for many pieces."),
    ("press", "blue", "Writes about us."),
    ("newsletter", "green", "Signed up for the letter on our pages."),
];

/// Event, icon and description.
const EVENTS: [(&str, Icon, &str); 8] = [
    ("Order Completed", Icon::Bag, "An order was paid for. Its total is what the shop earned."),
    ("Cart Updated", Icon::Cart, "Something was put into the cart or taken out."),
    ("Page Viewed", Icon::Eye, "A page of the shop was opened."),
    ("Product Viewed", Icon::Tag, "The page of one product was opened."),
    ("Signed In", Icon::Door, ""),
    ("Signed Up", Icon::Sprout, "An account was made."),
    ("Subscription Renewed", Icon::Repeat, "The plan was paid for another month."),
    ("Support Ticket Opened", Icon::Headset, ""),
];

/// Events with a number of the order, by which people are looked up.
const OF_ORDERS: [&str; 2] = ["Order Completed", "Order Returned"];

/// Attribute, description, whether it is a column, and whether it has an index.
const ATTRIBUTES: [(&str, &str, bool, bool); 3] = [
    ("plan", "What the customer pays for each month.", true, false),
    ("lifetime_value", "What they have spent in all, in dollars. The CRM sends it every night.", false, true),
    ("favourite_drink", "What to serve when they visit the shop.", false, false),
];

/// Stores the definitions; repeating it changes nothing.
pub fn decide(conn: &mut PgConnection, environment: EnvironmentId, now: DateTime<Utc>) -> QueryResult<()> {
    for (name, colour, description) in TAGS {
        diesel::update(tag_definitions::table.find((environment, name)))
            .set((tag_definitions::colour.eq(colour), tag_definitions::description.eq(description)))
            .execute(conn)?;
    }
    for (name, icon, description) in EVENTS {
        diesel::update(
            event_definitions::table
                .filter(event_definitions::environment_id.eq(environment.0).and(event_definitions::name.eq(name))),
        )
        .set((event_definitions::icon.eq(icon.as_str()), event_definitions::description.eq(description)))
        .execute(conn)?;
    }
    let of_orders: Vec<DefinitionId> = diesel::update(
        event_definitions::table
            .filter(event_definitions::environment_id.eq(environment.0).and(event_definitions::name.eq_any(OF_ORDERS))),
    )
    .set(event_definitions::lookup_keys.eq(vec!["order_id"]))
    .returning(event_definitions::id)
    .get_results(conn)?;
    of_orders.into_iter().try_for_each(|definition| events::begin_fill(conn, definition, now).map(drop))?;
    for (name, description, in_table, is_indexed) in ATTRIBUTES {
        diesel::update(attribute_definitions::table.find((environment, name)))
            .set((
                attribute_definitions::description.eq(description),
                attribute_definitions::in_table.eq(in_table),
                attribute_definitions::is_indexed.eq(is_indexed),
            ))
            .execute(conn)?;
    }
    Ok(())
}
