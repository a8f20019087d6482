//! Pages of topics, purposes and channels. Everybody reads them; forms are for admins.

mod channels;
mod purposes;
mod sections;
mod topics;

pub use channels::{channel_again, channel_of, channels, edit_channel};
pub use purposes::{edit_purpose, new_purpose, purpose_again, purposes};
pub use sections::{edit_section, new_section, section_again};
pub use topics::{edit_topic, index, new_topic, show_topic, topic_again};
