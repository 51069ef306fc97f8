//! Wan 2.7 video editing on evolink.
