//! Asking whether to spend what was quoted.

use std::io::BufRead;

use crate::{
    commands::Context,
    exit::{Exit, Failure},
    interrupts::Interrupted,
    output::{self, Quoted},
    shell,
};

/// Asks on stderr, and reads the answer from stdin; whoever does not say yes spends nothing.
pub(crate) async fn spend(quoted: &Quoted, context: &mut Context<'_>) -> Result<(), Failure> {
    if quoted.to_begin() == 0 {
        return Ok(());
    }
    if context.json {
        return Err(unasked("with --json nobody is asked"));
    }
    output::ask(format_args!("Spend {}? [y/N] ", quoted.price()));
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let answer = context.interrupts.or(answer).await;
    let answer = answer.map_err(|Interrupted| Failure::interrupted_unspent())?;
    match answer {
        Ok(Ok(line)) if line.is_empty() => {
            output::remark("");
            Err(unasked("there was nobody to ask"))
        }
        Ok(Ok(line)) if is_yes(&line) => Ok(()),
        Ok(Ok(_)) => Err(unasked("it was not agreed to")),
        _ => Err(unasked("the answer on stdin cannot be read")),
    }
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

fn unasked(why: &str) -> Failure {
    Failure::new(Exit::Refused, "not_confirmed", format!("nothing was begun: {why}"))
        .money("nothing was sent or spent")
        .next(format!("{}  # spends it without asking", shell::again("--yes", true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, expected) in
            [("y\n", true), ("YES\r\n", true), ("\n", false), ("n\n", false), ("yep\n", false)]
        {
            assert_eq!(is_yes(answer), expected, "{answer:?}");
        }
    }
}
