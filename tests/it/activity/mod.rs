//! The Activity tab.

mod paging;
mod timeline;
