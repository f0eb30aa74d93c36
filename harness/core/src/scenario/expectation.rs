//! The expectations of a case: each key is one oracle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alerts::Alarm;
use super::demand::{Must, MustNot};
use super::expect::{
    Admission, Arrives, Banner, ErrorForm, Framing, HeldConnections, Hosts, Keeps, Leaks, Receives, Recorded, Refuses,
    Stranger, Tls, Within,
};
use super::need;
use super::speaks::{Key, Speaks};
use super::target::Target;
use crate::oracles::oracles;
use crate::vocab::{Factor, Size, StatusSet};

/// Generates the keys of `expect` and their checks from the table of oracles.
macro_rules! keys {
    ($($(#[doc = $doc:literal])* $key:ident: $type:ty, of $kind:ident, needs $need:ident, judged $judged:expr;)*) => {
        /// The expectations of a case. Each key is one oracle.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct Expect {
            $(
                $(#[doc = $doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $key: Option<$type>,
            )*
        }

        impl Expect {
            /// Each key: its path below the step, the kind of target that it is for, and whether it is present.
            pub(super) fn keys(&self) -> Vec<Key> {
                vec![$((&["expect", stringify!($key)], Speaks::$kind, self.$key.is_some())),*]
            }

            /// What the target would have to declare for these expectations.
            pub(super) fn gap(&self, target: &Target) -> Option<String> {
                let gaps = [$(self.$key.as_ref().and_then(|value| need::$need(value, target))),*];
                gaps.into_iter().flatten().next()
            }
        }
    };
}

oracles!(keys);
