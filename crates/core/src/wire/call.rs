//! What came of a call of a generated client, in reshoot's words.

use progenitor_client::{Error as ClientError, ResponseValue};
use serde::Serialize;

use super::{
    answer::Answer,
    fault::{Fault, Reading},
};
use crate::{
    error::{Error, ErrorKind, Operation},
    job::Job,
    submission::Submission,
};

/// The answer to a call that costs nothing.
///
/// # Errors
/// As [`Fault::into_error`] has it; `read` says what the provider's failures mean.
pub async fn answered<T>(
    called: Result<ResponseValue<T>, ClientError<()>>,
    provider: &'static str,
    operation: Operation,
    read: impl FnOnce(&Answer) -> Reading,
) -> Result<T, Error> {
    match called {
        Ok(answer) => Ok(answer.into_inner()),
        Err(error) => Err(Fault::read(error).await.into_error(provider, operation, read)),
    }
}

/// Says that a provider has no call that tells the states of several jobs.
#[must_use]
pub fn one_job_at_a_time(provider: &'static str) -> Error {
    let message = "the state of each job is asked for by itself";
    Error::new(ErrorKind::NotOffered, Operation::Status, message).with_provider(provider)
}

/// What came of a submit; `job` reads the job from a success.
pub async fn submitted<T>(
    called: Result<ResponseValue<T>, ClientError<()>>,
    provider: &'static str,
    read: impl FnOnce(&Answer) -> Reading,
    job: impl FnOnce(T) -> Result<Job, Error>,
) -> Submission {
    match called {
        Ok(answer) => Submission::made(job(answer.into_inner())),
        Err(error) => Fault::read(error).await.into_submission(provider, read),
    }
}

/// The answer of a provider that hides failures in a success: `code` reads the status that the body
/// tells, if any.
///
/// # Errors
/// The [`Fault`] of the call, a hidden one included.
pub async fn opened<T: Serialize>(
    called: Result<ResponseValue<T>, ClientError<()>>,
    code: impl FnOnce(&T) -> Option<u16>,
) -> Result<T, Fault> {
    let answer = match called {
        Ok(answer) => answer,
        Err(error) => return Err(Fault::read(error).await),
    };
    let headers = answer.headers().clone();
    let body = answer.into_inner();
    match code(&body).filter(|code| *code != 200) {
        Some(code) => Err(Fault::hidden(code, &headers, &body)),
        None => Ok(body),
    }
}

/// Implements the hooks of a generated client whose inner value is a [`KeyHeader`](super::KeyHeader):
/// the key as a sensitive header, no `api-version` header, a bound on the size of answers.
#[macro_export]
macro_rules! client_hooks {
    ($client:ty) => {
        impl ::progenitor_client::ClientHooks<$crate::wire::KeyHeader> for $client {
            async fn pre<E>(
                &self,
                request: &mut ::reqwest::Request,
                _: &::progenitor_client::OperationInfo,
            ) -> ::std::result::Result<(), ::progenitor_client::Error<E>> {
                ::progenitor_client::ClientInfo::inner(self).put_on(request);
                ::std::result::Result::Ok(())
            }

            async fn exec(
                &self,
                request: ::reqwest::Request,
                operation: &::progenitor_client::OperationInfo,
            ) -> ::reqwest::Result<::reqwest::Response> {
                let client =
                    ::progenitor_client::ClientInfo::<$crate::wire::KeyHeader>::client(self);
                $crate::wire::execute(client, request, operation.operation_id).await
            }
        }
    };
}
