//! The reply to the paid request is lost: nobody pays twice, and everybody is told.

use reshoot_emulator::{Fault, Occurrence, Operation};

use crate::place::{Place, REMOTE, Server, assert_run};

fn edit(provider: &str) -> [&str; 9] {
    ["edit", "--provider", provider, REMOTE, "it's clay", "-o", "out.mp4", "--poll-every", "20ms"]
}

#[tokio::test]
async fn under_a_key_one_replay_finds_the_one_job() {
    for provider in ["apiframe", "evolink"] {
        let place = Place::new();
        let server = Server::with_at(Operation::Submit, Occurrence::Nth(1), Fault::LostReply).await;
        let run = place.run_at(&server, &edit(provider)).await;
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "out.mp4\n"), "{run:?}");
        let counts = server.counts(provider);
        assert_eq!((counts.submits, counts.jobs), (2, 1), "{provider}");
    }
}

#[tokio::test]
async fn without_a_key_it_is_sent_once_and_ends_with_5() {
    for provider in ["novita", "skills-video"] {
        let place = Place::new();
        let server = Server::with(Operation::Submit, Fault::LostReply).await;
        let run = place.run_at(&server, &edit(provider)).await;
        assert_run!(format!("exit-5-{provider}"), run);
        let counts = server.counts(provider);
        assert_eq!((run.code, counts.submits, counts.jobs), (Some(5), 1, 1), "{provider}");
    }
}

#[tokio::test]
async fn when_even_the_replay_is_lost_it_ends_with_5_and_the_commands_to_type() {
    for provider in ["apiframe", "evolink"] {
        let place = Place::new();
        let server = Server::with(Operation::Submit, Fault::LostReply).await;
        let run = place.run_at(&server, &edit(provider)).await;
        assert_run!(format!("exit-5-{provider}"), run);
        let counts = server.counts(provider);
        assert_eq!((run.code, counts.submits, counts.jobs), (Some(5), 2, 1), "{provider}");
    }
}

#[tokio::test]
async fn the_printed_replay_finds_the_lost_job_and_pays_nothing_more() {
    for provider in ["apiframe", "evolink"] {
        let place = Place::new();
        let server =
            Server::with_at(Operation::Submit, Occurrence::List(vec![1, 2]), Fault::LostReply)
                .await;
        let mut args = edit(provider);
        args[3] = "clip.mp4";
        let lost = place.run_at(&server, &args).await;
        let command =
            lost.stderr.lines().find_map(|line| line.trim().strip_prefix("reshoot edit "));
        let command = command.unwrap_or_else(|| panic!("no command to type: {lost:?}"));
        let script = format!("\"$0\" edit --poll-every 20ms {command}");
        let mut shell = place.reshoot_at(&server, &[]);
        let mut typed = tokio::process::Command::new("/bin/sh");
        typed
            .arg("-c")
            .arg(script)
            .arg(env!("CARGO_BIN_EXE_reshoot"))
            .current_dir(place.path("here"));
        let variables =
            shell.as_std_mut().get_envs().filter_map(|(name, value)| Some((name, value?)));
        let output = typed.env_clear().envs(variables).output().await.unwrap();
        let run = crate::place::Run::of(output, &place);
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), "out.mp4\n"), "{run:?}");
        let counts = server.counts(provider);
        assert_eq!((counts.submits, counts.jobs), (3, 1), "{provider}");
    }
}
