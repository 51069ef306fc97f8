//! A real S3 server in this process.

use std::fs;

use axum::{Router, error_handling::HandleError, http::StatusCode};
use reshoot_core::{S3Config, S3Stage};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const SECRET: &str = "wJalrXUtnFEMI";

/// An S3 server with the bucket `clips`.
pub(crate) struct Store {
    pub(crate) endpoint: String,
    /// Where its objects are, below `store`, and whatever a test needs.
    pub(crate) directory: TempDir,
}

impl Store {
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("store/clips")).unwrap();
        let mut builder =
            S3ServiceBuilder::new(FileSystem::new(directory.path().join("store")).unwrap());
        builder.set_auth(SimpleAuth::from_single("AKIAEXAMPLE", SECRET));
        let service =
            HandleError::new(builder.build(), async |_| StatusCode::INTERNAL_SERVER_ERROR);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, Router::new().fallback_service(service)).await.unwrap();
        });
        Self { endpoint, directory }
    }

    pub(crate) fn stage(&self, target: &str, secret: &str) -> S3Stage {
        let config = S3Config::from_vars(target, |name| match name {
            "AWS_ACCESS_KEY_ID" => Some("AKIAEXAMPLE".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(secret.to_owned()),
            "AWS_ENDPOINT_URL_S3" => Some(self.endpoint.clone()),
            _ => None,
        });
        S3Stage::new(config.unwrap()).unwrap()
    }
}
