//! The ledger as tests read it.

use super::TestDb;

/// Rows of a database's ledger: all, unless some are chosen.
pub struct Ledger<'a> {
    db: &'a TestDb,
    chosen: String,
}

impl<'a> Ledger<'a> {
    /// All of them.
    pub fn of(db: &'a TestDb) -> Self {
        Self { db, chosen: "true".to_owned() }
    }

    /// Only those of this kind.
    pub fn kind(self, kind: &str) -> Self {
        Self { chosen: format!("{} AND c.kind = '{kind}'", self.chosen), ..self }
    }

    /// Only those that operators wrote.
    pub fn by_hand(self) -> Self {
        Self { chosen: format!("{} AND s.kind = 'operator'", self.chosen), ..self }
    }

    /// A line for each, the oldest first: `Ada Moreau: tag vip true -> false`. The ids of notes are left out.
    pub fn lines(&self) -> Vec<String> {
        self.written("NULL")
    }

    /// The same with reasons: `Ada Moreau: tag vip true -> false (Delete tag vip)`.
    pub fn lines_with_reasons(&self) -> Vec<String> {
        self.written("'(' || c.reason || ')'")
    }

    fn written(&self, reason: &str) -> Vec<String> {
        let subject = "CASE WHEN c.kind <> 'note' THEN c.subject END";
        let values = "coalesce(c.before::text, '-'), '->', coalesce(c.after::text, '-')";
        self.db.column(&format!(
            "SELECT concat_ws(' ', s.name || ':', c.kind, {subject}, {values}, {reason}) \
             FROM changes c JOIN sources s ON s.id = c.source_id WHERE {} ORDER BY c.recorded_at, c.id",
            self.chosen
        ))
    }
}
