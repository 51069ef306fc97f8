//! Wan 2.7 video editing on skills-video.
