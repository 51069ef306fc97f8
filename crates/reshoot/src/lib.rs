#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(no_inline)]
pub use reshoot_core::*;

#[cfg(feature = "apiframe")]
pub use reshoot_apiframe::Apiframe;
#[cfg(feature = "evolink")]
pub use reshoot_evolink::EvoLink;
#[cfg(feature = "novita")]
pub use reshoot_novita::Novita;
#[cfg(feature = "skills-video")]
pub use reshoot_skills_video::SkillsVideo;

/// Every provider that this build knows, one line each, in alphabetical order.
pub const PROVIDERS: &[Descriptor] = &[
    #[cfg(feature = "apiframe")]
    reshoot_apiframe::DESCRIPTOR,
    #[cfg(feature = "evolink")]
    reshoot_evolink::DESCRIPTOR,
    #[cfg(feature = "novita")]
    reshoot_novita::DESCRIPTOR,
    #[cfg(feature = "skills-video")]
    reshoot_skills_video::DESCRIPTOR,
];

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
