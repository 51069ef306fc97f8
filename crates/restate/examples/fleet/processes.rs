//! The server and the workers: started, killed without warning, started again.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use reshoot_emulator::Emulator;

/// A process that is killed when it is dropped.
struct Process {
    command: Box<dyn Fn() -> Command + Send>,
    child: Child,
}

impl Process {
    fn start(command: impl Fn() -> Command + Send + 'static) -> Self {
        let child = command().spawn().expect("it starts");
        Self { command: Box::new(command), child }
    }

    fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    fn restart(&mut self) {
        self.kill();
        self.child = (self.command)().spawn().expect("it starts again");
    }

    /// User and system time so far, of this incarnation.
    fn cpu_seconds(&self) -> f64 {
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        ticks as f64 / 100.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) struct WorkerProcess {
    process: Process,
    address: SocketAddr,
}

impl WorkerProcess {
    pub(crate) fn start(
        worker: &Path,
        emulator: &Emulator,
        outputs: &Path,
        directory: &Path,
        n: usize,
    ) -> Self {
        let [address] = free_addresses();
        let (worker, outputs) = (worker.to_owned(), outputs.to_owned());
        let log = directory.join(format!("worker-{n}.log"));
        let places: Vec<_> =
            providers().map(|provider| (variable(provider), emulator.url(provider))).collect();
        let command = move || {
            let mut command = Command::new(&worker);
            command
                .args(["worker", "--listen", &address.to_string(), "--outputs"])
                .arg(&outputs)
                .args(["--submit-within", "5s", "--lag", "2s", "--runs-for", "3s"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log_file(&log));
            for (variable, url) in &places {
                command.env(format!("{variable}_BASE_URL"), url);
                for key in ["API_KEY", "API_TOKEN"] {
                    command.env(format!("{variable}_{key}"), "emulator");
                }
            }
            command
        };
        Self { process: Process::start(command), address }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn restart(&mut self) {
        self.process.restart();
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        self.process.cpu_seconds()
    }
}

fn providers() -> impl Iterator<Item = &'static str> {
    crate::rows::PROVIDERS.into_iter().chain([crate::manners::PROVIDER])
}

fn variable(provider: &str) -> String {
    provider.to_ascii_uppercase().replace('-', "_")
}

pub(crate) struct Server {
    process: Process,
    ingress: SocketAddr,
    admin: SocketAddr,
}

impl Server {
    /// On this machine only, and it tells nobody that it runs.
    pub(crate) async fn start(server: &Path, directory: &Path) -> Self {
        let [ingress, admin, node] = free_addresses();
        let (server, data): (PathBuf, _) = (server.to_owned(), directory.join("restate"));
        let log = directory.join("server.log");
        let command = move || {
            let mut command = Command::new(&server);
            command
                .arg("--no-logo")
                .env("RESTATE_DISABLE_TELEMETRY", "true")
                .env("RESTATE_LISTEN_MODE", "tcp")
                .env("RESTATE_BIND_IP", "127.0.0.1")
                .env("RESTATE_BIND_ADDRESS", node.to_string())
                .env("RESTATE_ADVERTISED_ADDRESS", format!("http://{node}/"))
                .env("RESTATE_INGRESS__BIND_ADDRESS", ingress.to_string())
                .env("RESTATE_ADMIN__BIND_ADDRESS", admin.to_string())
                // The data belong to the name, which would be the machine's.
                .env("RESTATE_NODE_NAME", "n1")
                .env("RESTATE_BASE_DIR", &data)
                .env("RUST_LOG", "warn")
                .stdin(Stdio::null())
                .stdout(log_file(&log))
                .stderr(log_file(&log));
            command
        };
        let started = Self { process: Process::start(command), ingress, admin };
        started.healthy().await;
        started
    }

    pub(crate) async fn restart(&mut self) {
        self.process.restart();
        self.healthy().await;
    }

    pub(crate) fn ingress(&self) -> String {
        format!("http://{}", self.ingress)
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        self.process.cpu_seconds()
    }

    /// Tells the server where the workers are.
    pub(crate) async fn register(&self, workers: SocketAddr) {
        let body = serde_json::json!({ "uri": format!("http://{workers}") });
        let deployments = format!("http://{}/deployments", self.admin);
        let http = reqwest::Client::new();
        for _ in 0..600 {
            let answer = http.post(&deployments).json(&body).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("the server does not take the workers");
    }

    /// Drops what is kept of a key whose job has ended.
    pub(crate) async fn forget(&self, key: &str) {
        let http = reqwest::Client::new();
        let query = format!(
            "SELECT id FROM sys_invocation WHERE target_service_key = '{key}' \
             AND target_handler_name = 'run'"
        );
        let rows: serde_json::Value = http
            .post(format!("http://{}/query", self.admin))
            .header("accept", "application/json")
            .json(&serde_json::json!({ "query": query }))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let id = rows["rows"][0]["id"].as_str().unwrap();
        let purge = format!("http://{}/invocations/{id}/purge", self.admin);
        assert!(http.patch(purge).send().await.unwrap().status().is_success());
    }

    async fn healthy(&self) {
        let health = format!("http://{}/health", self.admin);
        for _ in 0..1200 {
            if reqwest::get(&health).await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server does not start");
    }
}

/// Addresses that nobody uses, all different.
fn free_addresses<const N: usize>() -> [SocketAddr; N] {
    let taken = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    taken.map(|listener| listener.local_addr().unwrap())
}

fn log_file(path: &Path) -> File {
    File::options().create(true).append(true).open(path).unwrap()
}
