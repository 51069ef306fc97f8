//! What an edit will cost, as far as it can be known before.

use std::{fmt, time::Duration};

use crate::{
    capabilities::{Billing, Capabilities},
    request::EditRequest,
};

/// What an edit will cost at most. The provider's own figure after the job is the final one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The most seconds that can be billed, over all outputs.
    pub seconds: f64,
    /// Whether `seconds` is only a bound: because the input's length is not known, or because the
    /// provider does not say which seconds count.
    pub is_bound: bool,
    /// US dollars for these seconds; none where the price is unknown.
    pub usd: Option<f64>,
}

impl Estimate {
    /// The estimate for a request whose clip is `input` long (none: not known, as for a URL; then
    /// the longest clip that the provider takes is assumed).
    #[must_use]
    pub fn new<M>(
        request: &EditRequest<M>,
        input: Option<Duration>,
        capabilities: &Capabilities,
    ) -> Self {
        let whole = input.map_or_else(
            || f64::from(capabilities.video.value.seconds.max),
            |input| input.as_secs_f64(),
        );
        let cut = request.duration.map(|cut| f64::from(cut.0));
        let asked = cut.unwrap_or(whole);
        let billing = capabilities.billing.value;
        let each = match billing {
            Billing::Input => asked,
            Billing::Output => asked.min(whole),
            Billing::InputAndOutput | Billing::Unknown => whole + asked.min(whole),
        };
        let seconds = each * f64::from(request.outputs);
        let price = capabilities.price.map(|price| price.value.at(request.resolution));
        let length_matters = cut.is_none() || billing != Billing::Input;
        Self {
            seconds,
            is_bound: billing == Billing::Unknown || (input.is_none() && length_matters),
            usd: price.map(|price| seconds * price),
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lead = if self.is_bound { "at most" } else { "about" };
        write!(f, "{lead} {:.1} s billed", self.seconds)?;
        match self.usd {
            Some(usd) => write!(f, ", {lead} ${usd:.2}"),
            None => f.write_str(", price unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        request::{Media, Seconds},
        testing::CAPABILITIES,
    };

    #[test]
    fn the_estimate_follows_the_billing_rule_and_never_falls_short() {
        use Billing::{Input, InputAndOutput, Output, Unknown};
        for (billing, input, cut, outputs, seconds, is_bound) in [
            (Input, Some(4.0), None, 1, 4.0, false),
            (Input, Some(4.0), Some(5), 1, 5.0, false),
            (Input, None, Some(5), 1, 5.0, false),
            (Input, None, None, 1, 10.0, true),
            (Output, Some(4.0), Some(5), 1, 4.0, false),
            (Output, Some(4.0), Some(3), 2, 6.0, false),
            (InputAndOutput, Some(4.0), None, 1, 8.0, false),
            (InputAndOutput, Some(4.0), Some(3), 1, 7.0, false),
            (InputAndOutput, None, Some(3), 1, 13.0, true),
            (Unknown, Some(4.0), None, 1, 8.0, true),
        ] {
            let mut request = EditRequest::<Media>::new(Media::File("a.mp4".into()), "p");
            request.duration = cut.map(Seconds);
            request.outputs = outputs;
            let mut capabilities = CAPABILITIES;
            capabilities.billing.value = billing;
            let input = input.map(Duration::from_secs_f64);
            let estimate = Estimate::new(&request, input, &capabilities);
            let expected = (seconds, is_bound);
            assert_eq!((estimate.seconds, estimate.is_bound), expected, "{billing:?} {cut:?}");
        }
    }

    #[test]
    fn it_reads_as_a_sentence_about_money() {
        let estimate = |is_bound, usd| Estimate { seconds: 8.0, is_bound, usd };
        assert_eq!(estimate(false, Some(1.152)).to_string(), "about 8.0 s billed, about $1.15");
        assert_eq!(estimate(true, None).to_string(), "at most 8.0 s billed, price unknown");
    }
}
