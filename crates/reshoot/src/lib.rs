//! One API over every provider of Wan 2.7 video editing.
