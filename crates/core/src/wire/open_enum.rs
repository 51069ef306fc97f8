//! Words that a provider may add to at any time: an enum that keeps the ones it does not know.

/// Declares a string enum with a last variant `Unknown(String)`, so that a word which a provider
/// starts to use tomorrow is kept and sent back as it came, instead of failing the whole answer.
///
/// It gives `as_str`, `KNOWN`, `From<&str>`, `From<String>`, `FromStr` (never fails), `Display`,
/// `AsRef<str>`, `Serialize` and `Deserialize` (the calling crate needs `serde`). Words are compared
/// exactly, letter case included.
///
/// ```
/// reshoot_core::open_enum! {
///     /// Where a job is.
///     pub enum Status {
///         /// Waiting for a free machine.
///         InQueue = "IN_QUEUE",
///         /// Done.
///         Completed = "COMPLETED",
///     }
/// }
///
/// assert_eq!(Status::from("COMPLETED"), Status::Completed);
/// assert_eq!(Status::from("MODERATING").as_str(), "MODERATING");
/// ```
#[macro_export]
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A word that the provider's documentation did not list when this was written.
            Unknown(::std::string::String),
        }

        impl $name {
            /// The documented words, in the order of the documentation.
            $vis const KNOWN: &'static [&'static str] = &[$($word),+];

            /// The word as it stands on the wire.
            #[must_use]
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    _ => Self::Unknown(word.to_owned()),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(word: ::std::string::String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Unknown(word),
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(word: &str) -> ::std::result::Result<Self, Self::Err> {
                ::std::result::Result::Ok(Self::from(word))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                <::std::string::String as ::serde::Deserialize>::deserialize(deserializer)
                    .map(Self::from)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    crate::open_enum! {
        /// A shape.
        enum Shape {
            /// Wide.
            Wide = "16:9",
            /// Tall.
            Tall = "9:16",
        }
    }

    #[test]
    fn every_word_survives_the_round_trip() {
        for (word, shape) in [
            ("16:9", Shape::Wide),
            ("9:16", Shape::Tall),
            ("21:9", Shape::Unknown("21:9".to_owned())),
            ("", Shape::Unknown(String::new())),
            ("16:9 ", Shape::Unknown("16:9 ".to_owned())),
        ] {
            let json = serde_json::to_string(word).unwrap();
            assert_eq!(serde_json::from_str::<Shape>(&json).unwrap(), shape);
            assert_eq!(serde_json::to_string(&shape).unwrap(), json);
            assert_eq!(Shape::from(word.to_owned()), shape);
            assert_eq!(word.parse::<Shape>(), Ok(shape.clone()));
            assert_eq!(shape.to_string(), word);
        }
    }

    #[test]
    fn known_words_keep_their_order() {
        assert_eq!(Shape::KNOWN, ["16:9", "9:16"]);
    }

    #[test]
    fn what_is_not_a_word_is_refused() {
        assert!(serde_json::from_str::<Shape>("7").is_err());
    }
}
