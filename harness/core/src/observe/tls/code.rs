//! Numbers from the wire, each with its own type. They are shown, and written to a trace, by their RFC name, or as
//! `0x…` without one.

/// A type for a registered number: kind for errors, and all `(number, name)` pairs.
macro_rules! code {
    ($(#[$doc:meta])* $type:ident($number:ty), $kind:literal, $names:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(pub $number);

        impl $type {
            /// The registered name, if it is known here.
            pub fn name(self) -> Option<&'static str> {
                $names.find(|(number, _)| *number == self.0).map(|(_, name)| name)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    // Two digits per byte, after `0x`.
                    None => write!(f, "{:#0width$x}", self.0, width = 2 * size_of::<$number>() + 2),
                }
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::observe::tls::CodeError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let named = $names.find(|(_, name)| *name == text).map(|(number, _)| number);
                let digits = || <$number>::from_str_radix(text.strip_prefix("0x")?, 16).ok();
                let fail = || $crate::observe::tls::CodeError { text: text.to_owned(), kind: $kind };
                named.or_else(digits).map(Self).ok_or_else(fail)
            }
        }

        impl TryFrom<String> for $type {
            type Error = $crate::observe::tls::CodeError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(code: $type) -> Self {
                code.to_string()
            }
        }
    };
}

pub(super) use code;
