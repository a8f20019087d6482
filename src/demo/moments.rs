//! What can happen, as short moments that are cheap to keep and to sort; `items` makes statements of them.

use chrono::{DateTime, Utc};

use super::{
    dice::Dice,
    people::Customer,
    shop::{self, Campaign, PRODUCTS, Plan},
};

/// Who tells us of a moment, in the order in which the statements of one slice of time arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// An operator, by their place in [`super::ACCOUNTS`].
    Operator(usize),
    /// A file.
    Import(&'static str),
    /// The shop's web site. Before the app, because visits that lead to an account are told here.
    Web,
    /// The app.
    Ios,
    /// The shop's back office, which also sends its mail.
    Crm,
}

/// Which of somebody's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// One of [`super::Story::campaigns`].
    Campaign(u16),
    /// One of [`shop::LETTERS`].
    Own(u8),
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Post {
    /// It left.
    Sent,
    /// It arrived.
    Delivered,
    /// There is no such mailbox, or it is full.
    Bounced,
    /// It was read.
    Opened,
    /// A link in it was followed.
    Clicked,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// They were there for the first time: everything that is known of them.
    Arrived,
    /// They looked around before they had an account; the place of a page.
    Browsed(u8),
    /// They looked at a page.
    Page(u8),
    /// They looked at a product.
    Product(u8),
    /// They put this many of a product into their cart.
    Cart(u8, u8),
    /// They bought something; the place in [`super::Story::orders`].
    Order(u32),
    /// They opened an account.
    SignedUp,
    /// They came with an account.
    SignedIn(u8),
    /// They were written to.
    Letter(Letter, Post),
    /// Their telephone showed a line.
    Push(u8),
    /// They used a code.
    Coupon(u8),
    /// They paid for another month.
    Renewed(Plan),
    /// They wrote to support; which subject, and the ticket's number.
    Ticket(u8, u32),
    /// They pay for something else from now on.
    Plan(Plan),
    /// They like something else now.
    Drink(u8),
    /// They live elsewhere now.
    Moved(u8),
    /// They have another email address now.
    Mail(u8),
    /// What they have spent in all, in cents of a dollar.
    Spent(u32),
    /// What they have collected.
    Points(u32),
    /// A company became known: the show case's.
    Company(&'static str),
    /// A tag was put on or taken off.
    Tag(&'static str, bool),
    /// Something about a note; the place in [`super::Story::notes`].
    Note(u32),
}

impl What {
    /// Whether this is an event, rather than a statement about who somebody is.
    pub fn is_event(&self) -> bool {
        use What::{Arrived, Company, Drink, Mail, Moved, Note, Plan, Points, Spent, Tag};
        let says_who = matches!(self, Arrived | Plan(_) | Drink(_) | Moved(_) | Mail(_) | Spent(_) | Points(_));
        !says_who && !matches!(self, Company(_) | Tag(..) | Note(_))
    }
}

/// Something that happened to somebody.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// When.
    pub at: DateTime<Utc>,
    /// To whom: the place in [`super::Story::customers`].
    pub who: u32,
    /// Who tells us.
    pub speaker: Speaker,
    /// What.
    pub what: What,
}

/// A purchase.
pub struct Order {
    /// Its number; they are given out in the order of time.
    pub number: u32,
    /// Products with how many of each.
    pub lines: Vec<(u8, u8)>,
    /// The code that was used.
    pub coupon: Option<u8>,
}

impl Order {
    /// As customers and notes call it.
    pub fn id(&self) -> String {
        format!("A-{}", self.number)
    }

    /// What it costs, in cents of a dollar.
    pub fn cents(&self) -> u32 {
        let full: u32 =
            self.lines.iter().map(|(product, count)| PRODUCTS[usize::from(*product)].cents * u32::from(*count)).sum();
        let off = self.coupon.map_or(0, |coupon| shop::COUPONS[usize::from(coupon)].1);
        full - full * off / 100
    }
}

/// Writes the moments of one life.
pub struct Life<'a> {
    /// Chance, for this life only.
    pub dice: Dice,
    /// Whose it is.
    pub customer: &'a Customer,
    /// Their place.
    pub who: u32,
    /// When the story begins.
    pub start: DateTime<Utc>,
    /// When it is told.
    pub now: DateTime<Utc>,
    /// Letters to many.
    pub campaigns: &'a [Campaign],
    /// The story's orders.
    pub orders: &'a mut Vec<Order>,
    /// What happened so far, in any order.
    pub moments: Vec<Moment>,
    /// Events that may still happen.
    pub left: usize,
}

impl Life<'_> {
    /// Notes a moment, unless it lies in the future or is one event too many.
    pub fn note(&mut self, at: DateTime<Utc>, speaker: Speaker, what: What) {
        if at >= self.now {
            return;
        }
        if what.is_event() {
            if self.left == 0 {
                return;
            }
            self.left -= 1;
        }
        self.moments.push(Moment { at, who: self.who, speaker, what });
    }

    /// The site or the app.
    pub fn door(&self) -> Speaker {
        if self.customer.uses_app { Speaker::Ios } else { Speaker::Web }
    }
}
