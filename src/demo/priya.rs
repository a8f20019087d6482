//! Priya Nair, the show case: somebody of whom there is something to see on every page.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::{
    ADA, ROSA,
    lives::CUSTOMERS_FILE,
    moments::{Letter, Life, Moment, Order, Speaker, What},
    notes::{Act, Said},
    shop::Plan,
    story::Story,
};

/// What came with a bent corner.
const NOTEBOOKS: [(u8, u8); 2] = [(15, 2), (0, 1)];

/// How many events are about her.
pub const EVENTS: usize = 280;
/// What she has spent in all, in cents of a dollar.
pub const SPENT: u32 = 481_240;

/// A time of an earlier day, whatever the hour is now.
fn past(now: DateTime<Utc>, days: i64, hour: i64, minute: i64) -> DateTime<Utc> {
    let day = now.date_naive() - TimeDelta::days(days);
    day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(60 * hour + minute) + TimeDelta::milliseconds(17_420)
}

/// Her ninety days.
pub fn unfold(life: &mut Life<'_>) {
    let (now, start) = (life.now, life.start);
    let on = |days, hour, minute| past(now, days, hour, minute);
    life.note(start, Speaker::Import(CUSTOMERS_FILE), What::Arrived);
    life.note(start, Speaker::Import(CUSTOMERS_FILE), What::Tag("newsletter", true));
    life.note(on(61, 9, 3), Speaker::Crm, What::Plan(Plan::Pro));
    for days in [61, 31, 1] {
        life.note(on(days, 9, 4), Speaker::Crm, What::Renewed(Plan::Pro));
    }
    life.note(on(40, 3, 25), Speaker::Crm, What::Tag("trousers", true));
    life.note(on(27, 10, 12), Speaker::Operator(ADA), What::Tag("vip", true));
    life.note(on(13, 10, 36), Speaker::Operator(ADA), What::Company("Nair Textiles"));
    life.note(on(13, 9, 58), Speaker::Crm, What::Ticket(7, 4821));
    life.note(on(1, 15, 7), Speaker::Ios, What::Drink(11));
    for (days, lines) in [(74, vec![(0, 1), (1, 3)]), (33, vec![(4, 1)]), (9, NOTEBOOKS.to_vec()), (2, vec![(2, 4)])] {
        life.order(on(days, 14, 21), lines);
    }
    if let Some(place) = life.campaigns.len().checked_sub(1) {
        let at = life.campaigns[place].at + TimeDelta::minutes(4);
        life.letter(at, Letter::Campaign(place as u16));
    }
    // She is here now: the pages of the last minutes.
    let today = [
        (300, What::SignedIn(2)),
        (288, What::Page(0)),
        (251, What::Page(2)),
        (214, What::Product(0)),
        (150, What::Cart(0, 2)),
        (121, What::Page(9)),
        (84, What::Product(6)),
        (52, What::Cart(6, 1)),
        (3, What::Page(8)),
    ];
    for (seconds, what) in today {
        life.note(now - TimeDelta::seconds(seconds), Speaker::Web, what);
    }
    life.pass(start + TimeDelta::hours(1), on(2, 23, 0));
    life.note(on(1, 3, 25), Speaker::Crm, What::Spent(SPENT));
}

/// What colleagues wrote about her.
pub fn write(story: &mut Story, who: u32) {
    let now = story.now;
    let order = story.moments.iter().find_map(|moment| match moment.what {
        What::Order(place) if moment.who == who => Some(&story.orders[place as usize]).filter(|o| o.lines == NOTEBOOKS),
        _ => None,
    });
    let order = order.map(Order::id).unwrap_or_default();
    let wholesale = "Asked about **wholesale prices** for Nair Textiles:\n\n- 60 × Linen trousers, sizes 36 to 44\n- labels with \
                     their own name\n- delivery to Kochi before the festival\n\nRosa answers by Friday.";
    let call = "Likes to be called in the morning, Kochi time. Email is fine for anything that can wait a day.";
    let call_again = "Likes to be called in the morning, Kochi time. Email is fine for anything that can wait a day.\n\n**Update:** \
                      not on Thursdays, she is at the mill then.";
    let thanks = format!(
        "About {order}: the notebooks came with a bent corner. Sent two new ones.\n\n> No need to send anything back, \
         the children draw in them.\n\nKind as ever."
    );
    let first = story.notes.iter().map(|said| said.note + 1).max().unwrap_or(0);
    let said = [
        (first, past(now, 27, 10, 15), ADA, Act::Add(call.to_owned())),
        (first + 1, past(now, 13, 10, 31), ADA, Act::Add(wholesale.to_owned())),
        (first + 1, past(now, 12, 13, 2), ROSA, Act::Pin),
        (first, past(now, 8, 9, 40), ROSA, Act::Edit(call_again.to_owned())),
        (first + 2, past(now, 1, 11, 17), ADA, Act::Add(thanks)),
    ];
    for (note, at, by, act) in said {
        let place = story.notes.len() as u32;
        story.notes.push(Said { note, act });
        story.moments.push(Moment { at, who, speaker: Speaker::Operator(by), what: What::Note(place) });
    }
}
