//! What uses a segment: other segments, screen views, views and webhooks.

use diesel::{PgConnection, QueryResult};

use super::{define, segment::Segment};
use crate::{
    db::ids::{EnvironmentId, OperatorId, ScreenViewId, SegmentId, ViewId, WebhookId},
    outputs, screen_views, views,
    web::words::counted,
};

/// What uses a segment, by name.
#[derive(Clone, Debug, Default)]
pub struct Users {
    pub segments: Vec<(SegmentId, String)>,
    pub screen_views: Vec<(ScreenViewId, String)>,
    /// Those that a reader sees.
    pub views: Vec<(ViewId, String)>,
    /// How many views others have for themselves.
    pub views_of_others: i64,
    pub webhooks: Vec<(WebhookId, String)>,
}

impl Users {
    /// What uses one of `all` segments, as `reader` sees it: three SQL statements.
    pub fn load(
        conn: &mut PgConnection,
        environment: EnvironmentId,
        reader: OperatorId,
        (all, segment): (&[Segment], &Segment),
    ) -> QueryResult<Self> {
        let (seen, hidden): (Vec<_>, Vec<_>) = views::using_segment(conn, environment, &segment.name)?
            .into_iter()
            .partition(|view| view.owner.is_none_or(|owner| owner == reader));
        Ok(Self {
            segments: define::users(all, &segment.name).into_iter().map(|it| (it.id, it.name.clone())).collect(),
            screen_views: screen_views::using_segment(conn, environment, &segment.name)?,
            views: seen.into_iter().map(|view| (view.id, view.name)).collect(),
            views_of_others: hidden.len() as i64,
            webhooks: outputs::store::listening(conn, environment, segment.id)?,
        })
    }

    pub fn is_empty(&self) -> bool {
        let has_views = !self.views.is_empty() || self.views_of_others > 0;
        self.segments.is_empty() && self.screen_views.is_empty() && !has_views && self.webhooks.is_empty()
    }

    /// "A, B, 2 views of colleagues"; nothing if no view uses it.
    pub fn views_in_words(&self) -> String {
        let names = self.views.iter().map(|(_, name)| name.clone());
        names.chain(self.others_in_words()).collect::<Vec<_>>().join(", ")
    }

    /// "2 views of colleagues".
    pub fn others_in_words(&self) -> Option<String> {
        let count = self.views_of_others;
        (count > 0).then(|| counted(count, "view of a colleague", "views of colleagues"))
    }

    /// Names of the segments, of the screen views, or of the webhooks.
    pub fn names<Id>(of: &[(Id, String)]) -> String {
        of.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}
