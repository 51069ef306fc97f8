//! Where the model runs: keys, hosts and tasks belong to one region.

use reshoot_core::{Error, ErrorKind, Operation};

use crate::{NAME, generated};

/// A region that documents the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// China (Beijing), billed in yuan.
    Beijing,
    /// Singapore, billed in dollars.
    Singapore,
}

impl Region {
    /// The region's common host.
    #[must_use]
    pub const fn base_url(self) -> &'static str {
        match self {
            Self::Beijing => generated::BASE_URL,
            Self::Singapore => "https://dashscope-intl.aliyuncs.com/api/v1",
        }
    }

    /// The host of one workspace in this region, which the provider recommends over the common one.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the id is not one: it becomes part of a host name, so it must be 1–64
    /// letters, digits, `-` or `_`, and begin with a letter or digit.
    pub fn workspace_url(self, workspace: &str) -> Result<String, Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let begins = workspace.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins || workspace.len() > 64 || !workspace.chars().all(plain) {
            let message = format!("{workspace:?} is not the id of a workspace");
            return Err(
                Error::new(ErrorKind::Config, Operation::Configure, message).with_provider(NAME)
            );
        }
        let region = match self {
            Self::Beijing => "cn-beijing",
            Self::Singapore => "ap-southeast-1",
        };
        Ok(format!("https://{workspace}.{region}.maas.aliyuncs.com/api/v1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_a_label_of_a_host_name_and_nothing_more() {
        for (workspace, host) in [
            ("ws-1_a", Some("https://ws-1_a.ap-southeast-1.maas.aliyuncs.com/api/v1")),
            ("", None),
            ("-ws", None),
            ("evil.example/", None),
            ("ws.evil", None),
            (&"a".repeat(65), None),
        ] {
            let url = Region::Singapore.workspace_url(workspace);
            assert_eq!(url.ok().as_deref(), host, "{workspace}");
        }
    }
}
