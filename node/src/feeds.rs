//! Feeds in the formats that others read, written from [`crate::view::FeedView`].
