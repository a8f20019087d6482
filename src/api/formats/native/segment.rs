//! Reads what is said of a segment and of its members.

use chrono::{DateTime, Utc};

use super::{
    MOST_ITEMS,
    object::{Object, missing, wrong},
    parts, whole,
};
use crate::{
    api::formats::Call,
    db::ids::SegmentId,
    ingest::{Item, Statement},
    registers::Fact,
    rejections::{Refused, codes},
    segments::{Choices, Segment, SegmentKind, SegmentName, define::Wish},
};

/// Most tags of a segment, and longest texts, in characters.
const MOST_TAGS: usize = 10;
const LONGEST: usize = 500;

/// What a call says of a segment; what is not named stays.
pub struct SegmentSaid {
    name: Option<SegmentName>,
    definition: Option<String>,
    description: Option<String>,
    folder: Option<String>,
    tags: Option<Vec<String>>,
    on_profiles: Option<bool>,
}

impl SegmentSaid {
    /// `{"name", "definition", "description"?, "folder"?, "tags"?, "on_profiles"?}`.
    pub fn read(body: &str) -> Result<Self, Refused> {
        Self::fields(whole(body)?)
    }

    fn fields(mut given: Object) -> Result<Self, Refused> {
        let name = given.text("name")?.map(|text| {
            SegmentName::typed(&text)
                .map_err(|rule| Refused::new(codes::INVALID_VALUE, "name", format!("name: {rule}")))
        });
        let said = Self {
            name: name.transpose()?,
            definition: given.text("definition")?,
            description: short(&mut given, "description")?,
            folder: short(&mut given, "folder")?,
            tags: tags(&mut given)?,
            on_profiles: given.flag("on_profiles")?,
        };
        given.finish()?;
        Ok(said)
    }

    /// A new segment: [`Self::read`] with `kind`, which is live if it is missing. Refused without a name, and without a definition if it is
    /// live.
    pub fn read_new(body: &str) -> Result<(SegmentKind, Wish), Refused> {
        let mut given = whole(body)?;
        let kind = match given.text("kind")?.as_deref().map(str::parse) {
            None => SegmentKind::Live,
            Some(Ok(kind @ (SegmentKind::Live | SegmentKind::Kept))) => kind,
            Some(_) => return Err(Refused::new(codes::INVALID_VALUE, "kind", KINDS)),
        };
        let said = Self::fields(given)?;
        let typed = match (kind, said.definition) {
            (SegmentKind::Live, typed) => typed.ok_or_else(|| missing("definition"))?,
            (_, None) => String::new(),
            (_, Some(typed)) => {
                return Err(wrong("definition", "must be missing where a system keeps it", &typed.into()));
            }
        };
        let wish = Wish {
            name: said.name.ok_or_else(|| missing("name"))?,
            description: said.description.unwrap_or_default(),
            folder: said.folder.unwrap_or_default(),
            tags: said.tags.unwrap_or_default(),
            owner: None,
            on_profiles: said.on_profiles.unwrap_or(true),
            typed,
        };
        Ok((kind, wish))
    }

    /// A known segment, changed; `None`: its name breaks today's rule.
    pub fn changed(&self, known: &Segment) -> Option<Wish> {
        let stored = || known.definition.filter().map(ToString::to_string).unwrap_or_default();
        Some(Wish {
            name: self.name.clone().or_else(|| SegmentName::typed(&known.name).ok())?,
            description: self.description.clone().unwrap_or_else(|| known.description.clone()),
            folder: self.folder.clone().unwrap_or_else(|| known.folder.clone()),
            tags: self.tags.clone().unwrap_or_else(|| known.tags.clone()),
            owner: known.owner,
            on_profiles: self.on_profiles.unwrap_or(known.on_profiles),
            typed: self.definition.clone().unwrap_or_else(stored),
        })
    }
}

/// Kinds of segments that are made through the API.
const KINDS: &str = "kind must be live or kept; people are chosen for a segment at the console";

/// `{"type": "segment", "profile", "segment", "member"?, "as_of"?}`: whether somebody is in a segment that a system keeps.
pub fn membership(mut item: Object, call: &Call) -> Result<Vec<Item>, Refused> {
    let (person, as_of) = (parts::person(&mut item, call)?, item.as_of(call)?);
    let given = item.needed("segment")?;
    let segment = given.parse().map_err(|_| wrong("segment", "must be the id of a segment", &given.into()))?;
    let is_member = item.flag("member")?.unwrap_or(true);
    item.finish()?;
    Ok(vec![Item { person, as_of, statement: is_in(segment, is_member) }])
}

/// The statement that somebody is in a segment, or is not.
pub fn is_in(segment: SegmentId, is_member: bool) -> Statement {
    Fact::new::<Choices>(segment, is_member).into()
}

/// Who enters a segment that a system keeps, and who leaves it.
pub struct MembersSaid {
    /// References to people, each with whether they are in it from now on.
    pub people: Vec<(String, bool)>,
    pub as_of: DateTime<Utc>,
}

impl MembersSaid {
    /// `{"add": […], "remove": […], "as_of"?}`.
    pub fn read(body: &str, call: &Call) -> Result<Self, Refused> {
        let mut given = whole(body)?;
        let mut people = Vec::new();
        for (side, is_member) in [("add", true), ("remove", false)] {
            for (place, value) in given.list(side)?.into_iter().enumerate() {
                let text = value.as_str().map(str::to_owned);
                let rule = "must be a text that names somebody, such as id:42";
                people.push((text.ok_or_else(|| wrong(&format!("{side}[{place}]"), rule, &value))?, is_member));
            }
        }
        let as_of = given.as_of(call)?;
        given.finish()?;
        if people.is_empty() || people.len() > MOST_ITEMS {
            let rule = format!("add and remove must name 1 to {MOST_ITEMS} people together; got {}", people.len());
            return Err(Refused::new(codes::INVALID_VALUE, "add", rule));
        }
        Ok(Self { people, as_of })
    }
}

fn short(given: &mut Object, name: &str) -> Result<Option<String>, Refused> {
    let text = given.text(name)?;
    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
        return Err(Refused::new(codes::INVALID_VALUE, name, format!("{name} has at most {LONGEST} characters")));
    }
    Ok(text)
}

fn tags(given: &mut Object) -> Result<Option<Vec<String>>, Refused> {
    let rule = "must be a list of at most 10 texts";
    let Some(value) = given.some("tags") else { return Ok(None) };
    let texts = value.as_array().filter(|all| all.len() <= MOST_TAGS);
    let texts: Option<Vec<String>> =
        texts.and_then(|all| all.iter().map(|one| one.as_str().map(str::to_owned)).collect());
    texts.map(Some).ok_or_else(|| wrong("tags", rule, &value))
}
