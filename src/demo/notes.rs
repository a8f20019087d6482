//! Notes that operators write about customers, kindly: colleagues read them, and one day perhaps the customer.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc, Weekday};
use uuid::Uuid;

use super::{
    ADA, ROSA, showcase,
    story::{Sitting, Story},
};
use crate::{
    db::ids::NoteId,
    ledger::Invalid,
    notes::{NoteBody, NoteChange},
    simulate::{HappeningKind, KnownBy, PRODUCTS, Random},
};

/// Texts about an order.
const ON_ORDERS: [&str; 14] = [
    "Called about **{order}**: the {product} came a size too small. Sent a return label, and the next size is on its way.",
    "{order} came in a torn box, contents fine. {first} sent photos and only wanted us to know.",
    "Parcel {order} went to the neighbour. Found it together on the phone.",
    "Refunded the delivery of {order}: it came four days late.\n\nPromised to write when the courier answers.",
    "Asked whether the {product} can be mended. It can:\n\n- send it in a paper bag\n- no need to wash it first\n- about two weeks\n\nSee [repairs](https://shop.example.com/pages/repairs).",
    "Exchange for {order}: ~~waiting for the parcel~~ arrived on Tuesday, new size sent.",
    "Wants an invoice for {order} with the address of the company. Sent by email.",
    "{first} ordered the {product} as a gift. **No prices** in anything that goes into the parcel.",
    "One item was missing in {order}: the {product}. Sent it separately, no questions asked.",
    "Cancelled {order} within the hour, as asked. The money is back in 3 to 5 days.",
    "Says the {product} is the best thing they bought this year. May we quote that? *They would like to see it first.*",
    "The {product} is darker than on the photo. Fair point; told the people who take the photos.",
    "Paid twice for {order} by mistake. Second payment returned the same day.",
    "Asked how to wash the {product}:\n\n1. cold, inside out\n2. no softener\n3. dry flat, never on the heater",
];

/// Texts about anything else.
const ON_PEOPLE: [&str; 30] = [
    "Prefers to be called in the afternoon, {city} time.",
    "Speaks a little English and writes it very well. Email works better than the telephone.",
    "Asked about wholesale prices. Interested in:\n\n1. linen trousers, all sizes\n2. totes with a printed logo\n3. delivery before the season starts",
    "Could not sign in: there are two accounts, one with an old address. Explained which one to use.",
    "Parcels go to the studio now. The bell is broken, so the courier has to **phone**.",
    "Uses a screen reader. The size guide did not read well; told the web team, who mended it the same day.",
    "Very patient about the delay. If there is a spare tote in the warehouse, put one into the next parcel.",
    "Does not want post on paper. The warehouse knows.",
    "Moved house in spring. The old address may still be in the courier’s app.",
    "Allergic to beeswax: **no candles** in parcels, not even as a present.",
    "> I would buy it again, but in green.\n\nPassed on to the people who choose colours.",
    "Runs a small shop in {city} and may become a partner. Rosa writes next week.",
    "Thinking of leaving the plan: uses the repairs, but hardly the free delivery. Told them that it can be paused.",
    "Met at the market in {city}. Knows a great deal about wool.",
    "Wrote on Sunday night and was answered on Monday at nine. Noticed it, and said so.",
    "Left-handed: asked for the apron with the pocket on the other side. We can do that for `APR-WAX`, it takes ten days.",
    "Short on the phone, but only because the baby was asleep.",
    "Wants fewer letters, one a month is enough. Changed it while we spoke.",
    "Always asks after the dog at the warehouse. His name is Biscuit.",
    "Asked how the linen is made. Sent the piece from the journal: [Behind the looms](https://shop.example.com/journal/behind-the-looms).",
    "Has our first lantern, from before there was a web shop. It still works.",
    "The line to {city} is often bad. Offer to write instead.",
    "Second complaint about the courier in {city}. Told logistics; worth looking for another.",
    "Found a mistake in the checkout and described it step by step. Gave **10 %** on the next order as a thank-you.",
    "Asked us to forget the old phone number. Done.",
    "Teaches, and orders for the whole class in autumn. Needs an offer before the holidays.",
    "Asked what data we keep. Showed them where to see it; nothing to delete for now.",
    "First name is pronounced as written, family name too. Thanked us for asking.",
    "Would like the {product} in a smaller size. Will be told when there is one.",
    "Shares the account with a partner: both may ask about orders. Agreed by email.",
];

/// Endings of notes about an order.
const ENDINGS: [&str; 8] = [
    "Nothing else is open.",
    "Happy with how it went.",
    "Writes again in two weeks.",
    "Please read this before answering.",
    "Took ten minutes.",
    "Ask again if nothing happens by Friday.",
    "Thanked us twice.",
    "No answer needed.",
];

/// Endings of other notes.
const ASIDES: [&str; 5] = [
    "Noted so that nobody asks twice.",
    "Worth knowing before you write.",
    "Came up by email.",
    "Came up on the phone.",
    "Kojo knows too.",
];

/// Updates of notes about an order.
const UPDATES: [&str; 8] = [
    "solved, they wrote to say thanks.",
    "the parcel has arrived.",
    "called back, all is well.",
    "they prefer email after all.",
    "the money has gone out.",
    "still waiting for the courier; asked again.",
    "agreed on the phone, nothing more to do.",
    "it was a mistake of ours. Said sorry.",
];

/// Updates of other notes.
const SECOND_LOOKS: [&str; 4] =
    ["asked again, still so.", "spoke again today, all is well.", "settled by now.", "told the warehouse as well."];

/// Times at which an operator writes notes, in their order.
fn sittings(random: &mut Random, from: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Sitting> {
    let mut sittings = Vec::new();
    for day in from.date_naive().iter_days().take_while(|day| *day <= now.date_naive()) {
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            continue;
        }
        for (by, earliest, latest, odds) in [(ADA, 550, 715, 1.0), (ADA, 800, 990, 0.9), (ROSA, 620, 1010, 0.4)] {
            let minutes = random.seconds(earliest * 60, latest * 60);
            if random.chance(odds) {
                sittings.push(Sitting { at: day.and_time(NaiveTime::MIN).and_utc() + minutes, by });
            }
        }
    }
    sittings.retain(|sitting| sitting.at > from && sitting.at < now);
    sittings.sort_unstable();
    sittings
}

/// Id of a note, by its number in the story of that seed.
pub fn id(seed: u64, number: u32) -> NoteId {
    NoteId(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("kith demo {seed} note {number}").as_bytes()))
}

/// A new note.
pub fn add(seed: u64, number: u32, text: &str) -> Result<NoteChange, Invalid> {
    Ok(NoteChange::Add { id: id(seed, number), body: body(text)? })
}

/// An edit of the first version of a note.
pub fn edit(seed: u64, number: u32, text: &str) -> Result<NoteChange, Invalid> {
    Ok(NoteChange::Edit { id: id(seed, number), body: body(text)?, base: 1 })
}

fn body(text: &str) -> Result<NoteBody, Invalid> {
    NoteBody::new(text).map_err(|_| Invalid::new("note", "must have 1 to 10,000 characters", text))
}

/// Adds notes to the story, one for every five customers, and a few tags by hand.
pub fn write(story: &mut Story) -> Result<(), Invalid> {
    let mut random = Random::new(story.seed, u64::MAX - 1);
    let sittings = sittings(&mut random, story.world.start + TimeDelta::days(3), story.world.now);
    let (mut told, wanted) = (HashSet::new(), story.customers.len() / 5);
    for note in 0..wanted as u32 {
        let Some((who, place)) = chosen(&mut random, story, &sittings) else { continue };
        let at = sittings[place].at;
        let (text, is_on_order) = text(&mut random, story, who, at, &mut told);
        if random.chance(0.18) && place + 1 < sittings.len() {
            let later = place + 1 + random.below((sittings.len() - place - 1).min(6));
            let updates = if is_on_order { UPDATES.as_slice() } else { &SECOND_LOOKS };
            let edited = format!("{text}\n\n**Update:** {}", random.pick(updates));
            story.say(who, sittings[later], HappeningKind::Note(edit(story.seed, note, &edited)?));
        }
        if random.chance(0.1) && place + 1 < sittings.len() {
            let pin = NoteChange::Pin { id: id(story.seed, note), pinned: true };
            story.say(who, sittings[place + 1], HappeningKind::Note(pin));
        }
        story.say(who, sittings[place], HappeningKind::Note(add(story.seed, note, &text)?));
    }
    for _ in 0..wanted / 8 {
        if let Some((who, place)) = chosen(&mut random, story, &sittings) {
            let tag = random.pick(&["vip", "vip", "wholesale", "gift-buyer", "press"]);
            story.say(who, sittings[place], HappeningKind::Tag(tag, true));
        }
    }
    match story.customers.iter().position(|customer| customer.identifiers[0].value == showcase::KEY) {
        Some(who) => showcase::write(story, who, wanted as u32),
        None => Ok(()),
    }
}

/// A customer with an account, busy ones more often, and a sitting at least two days after they joined.
fn chosen(random: &mut Random, story: &Story, sittings: &[Sitting]) -> Option<(usize, usize)> {
    let weight = |who: &usize| story.customers[*who].weight;
    for _ in 0..40 {
        let (one, other) = (random.below(story.customers.len()), random.below(story.customers.len()));
        let who = if weight(&one) >= weight(&other) { one } else { other };
        let customer = &story.customers[who];
        let from = customer.joined.max(story.world.start) + TimeDelta::days(2);
        let first = sittings.partition_point(|sitting| sitting.at < from);
        if customer.known_by == KnownBy::Account && first < sittings.len() {
            return Some((who, first + random.below(sittings.len() - first)));
        }
    }
    None
}

/// A text not yet written about this customer at that time, and whether it is about an order.
fn text(
    random: &mut Random,
    story: &Story,
    who: usize,
    at: DateTime<Utc>,
    told: &mut HashSet<(usize, usize)>,
) -> (String, bool) {
    let customer = &story.customers[who];
    let order = story.orders[who].iter().rfind(|order| order.at < at);
    let choices = if order.is_some() { ON_ORDERS.len() + ON_PEOPLE.len() } else { ON_PEOPLE.len() };
    let mut choice = random.below(choices);
    // More notes than texts about one customer would be odd anyway.
    for _ in 0..choices {
        if told.insert((who, choice)) {
            break;
        }
        choice = (choice + 1) % choices;
    }
    let pattern =
        ON_PEOPLE.get(choice).or_else(|| ON_ORDERS.get(choice - ON_PEOPLE.len())).copied().unwrap_or(ON_PEOPLE[0]);
    let product = order.map_or_else(|| random.below(PRODUCTS.len() - 1), |order| usize::from(order.product));
    let text = pattern
        .replace("{order}", order.map_or("", |order| order.id.as_str()))
        .replace("{product}", &PRODUCTS[product].name.to_lowercase())
        .replace("{first}", &customer.name[0].shown)
        .replace("{city}", customer.home().0);
    let is_on_order = choice >= ON_PEOPLE.len();
    let ending = random.pick(if is_on_order { ENDINGS.as_slice() } else { &ASIDES });
    let is_short = random.chance(0.3) && !text.contains('\n');
    (if is_short { format!("{text} {ending}") } else { text }, is_on_order)
}
