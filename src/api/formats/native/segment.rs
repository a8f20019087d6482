//! Reads what is said of a segment.

use super::{
    object::{Object, missing, wrong},
    whole,
};
use crate::{
    rejections::{Refused, codes},
    segments::{Segment, SegmentName, define::Wish},
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
        let mut given = whole(body)?;
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

    /// A new segment. Refused without a name or a definition.
    pub fn made(self) -> Result<Wish, Refused> {
        Ok(Wish {
            name: self.name.ok_or_else(|| missing("name"))?,
            description: self.description.unwrap_or_default(),
            folder: self.folder.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            owner: None,
            on_profiles: self.on_profiles.unwrap_or(true),
            typed: self.definition.ok_or_else(|| missing("definition"))?,
        })
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
