//! What is fetched from a provider once and kept for a while.

use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

use crate::error::{Error, ErrorKind};

/// How long the key of a signature is used before it is fetched anew.
pub const KEY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// How old a key must be that fits no signature before it is fetched anew, since it may have been
/// changed: so forged deliveries cannot make us ask the provider more often.
pub const KEY_DOUBTED: Duration = Duration::from_secs(5 * 60);

/// A value that is fetched when it is first needed, such as the key of a signature.
#[derive(Debug)]
pub struct Kept<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Kept<T> {
    /// The value if it is younger than `age`, else a new one. Callers at the same time share one fetch.
    ///
    /// # Errors
    /// Those of the fetch; what was kept stays.
    pub async fn younger_than(
        &self,
        age: Duration,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut slot = self.0.lock().await;
        if let Some((since, value)) = &*slot
            && since.elapsed() < age
        {
            return Ok(value.clone());
        }
        let value = fetch.await?;
        *slot = Some((Instant::now(), value.clone()));
        Ok(value)
    }

    /// Reads a delivery with the key that is kept; if that does not fit, with a new one, since the key
    /// may have been changed.
    ///
    /// # Errors
    /// Those of `read` and of the fetch.
    pub async fn verify<R, F>(
        &self,
        fetch: impl Fn() -> F,
        read: impl Fn(&T) -> Result<R, Error>,
    ) -> Result<R, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        match read(&self.younger_than(KEY_LIFETIME, fetch()).await?) {
            Err(error) if error.kind() == ErrorKind::Forged => {
                read(&self.younger_than(KEY_DOUBTED, fetch()).await?)
            }
            read => read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Operation;

    const DAY: Duration = KEY_LIFETIME;

    #[tokio::test(start_paused = true)]
    async fn a_value_is_fetched_when_it_is_missing_or_too_old() {
        let kept = Kept::default();
        for (pause, age, fetched, expected) in [
            (0, DAY, 1, 1),
            (60, DAY, 2, 1),
            (0, KEY_DOUBTED, 3, 1),
            (600, KEY_DOUBTED, 4, 4),
            (0, DAY, 5, 4),
            (90_000, DAY, 6, 6),
        ] {
            tokio::time::advance(Duration::from_secs(pause)).await;
            assert_eq!(kept.younger_than(age, async { Ok(fetched) }).await.unwrap(), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_was_changed_is_fetched_again_but_forgers_cannot_make_us_ask_at_will() {
        let (kept, fetches) = (Kept::default(), std::cell::Cell::new(0));
        let fetch = async || {
            fetches.set(fetches.get() + 1);
            Ok(fetches.get())
        };
        let fits = |wanted: i32| {
            move |key: &i32| match *key == wanted {
                true => Ok(()),
                false => Err(Error::new(ErrorKind::Forged, Operation::Webhook, "no")),
            }
        };
        for (pause, wanted, genuine, fetched) in [
            (0, 1, true, 1),
            (10, 9, false, 1),
            (600, 9, false, 2),
            (10, 9, false, 2),
            (600, 3, true, 3),
        ] {
            tokio::time::advance(Duration::from_secs(pause)).await;
            let read = kept.verify(fetch, fits(wanted)).await;
            assert_eq!((read.is_ok(), fetches.get()), (genuine, fetched), "{pause} {wanted}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_fetch_leaves_what_was_kept() {
        let kept = Kept::default();
        kept.younger_than(DAY, async { Ok(1) }).await.unwrap();
        let broken = async { Err(Error::new(ErrorKind::Network, Operation::Webhook, "no")) };
        assert!(kept.younger_than(Duration::ZERO, broken).await.is_err());
        assert_eq!(kept.younger_than(DAY, async { Ok(2) }).await.unwrap(), 1);
    }
}
