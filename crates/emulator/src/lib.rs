//! All providers' APIs on localhost.
