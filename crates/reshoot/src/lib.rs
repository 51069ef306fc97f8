#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(no_inline)]
pub use reshoot_core::*;

/// One line per provider: its feature, its crate, its client.
macro_rules! providers {
    ($($feature:literal $krate:ident $client:ident,)+) => {
        $(#[cfg(feature = $feature)] pub use $krate::$client;)+

        /// Every provider that this build knows, in alphabetical order.
        pub const PROVIDERS: &[Descriptor] = &[
            $(#[cfg(feature = $feature)] $krate::DESCRIPTOR,)+
        ];
    };
}

providers! {
    "apiframe" apiframe Apiframe,
    "dashscope" dashscope DashScope,
    "evolink" evolink EvoLink,
    "fal" fal Fal,
    "kie" kie Kie,
    "novita" novita Novita,
    "replicate" replicate Replicate,
    "skills-video" skills_video SkillsVideo,
    "wavespeed" wavespeed WaveSpeed,
}

/// The provider of that name, such as `evolink`.
///
/// # Errors
/// [`ErrorKind::Config`], with the names there are.
pub fn provider(name: &str) -> Result<&'static Descriptor, Error> {
    PROVIDERS.iter().find(|known| known.name() == name).ok_or_else(|| {
        let names: Vec<_> = PROVIDERS.iter().map(Descriptor::name).collect();
        let message = format!("{name:?} is not a provider of this build: {}", names.join(", "));
        Error::new(ErrorKind::Config, Operation::Configure, message)
    })
}

/// A client for the provider of that name, with the key from its customary environment variable.
///
/// # Errors
/// [`ErrorKind::Config`] when the name is not known or the variable is not set; the message names
/// the variable.
pub fn from_env(name: &str) -> Result<Box<dyn Provider>, Error> {
    let descriptor = provider(name)?;
    let variable = descriptor.key_env;
    let key = std::env::var(variable).map_err(|_| {
        let message = format!("no key for {name}: set {variable}");
        Error::new(ErrorKind::Config, Operation::Configure, message)
    })?;
    (descriptor.connect)(Settings::new(ApiKey::new(key)?))
}

/// Checks a request for one provider; if it cannot run there, says which others could run it.
///
/// # Errors
/// Every violation at once; nothing was sent or spent.
pub fn check(
    request: EditRequest,
    descriptor: &Descriptor,
    staging: Staging,
) -> Result<Checked, Violations> {
    let copy = request.clone();
    request.check(descriptor.capabilities, staging).map_err(|mut violations| {
        violations.could_do = PROVIDERS
            .iter()
            .filter(|other| other.name() != descriptor.name())
            .filter(|other| copy.clone().check(other.capabilities, staging).is_ok())
            .map(Descriptor::name)
            .collect();
        violations
    })
}
