//! Vocabularies: enums whose every value has one word, which the database, addresses and formats use.

/// Declares a vocabulary: for each value its word and, where it differs, its label for people. Values are ordered as listed.
macro_rules! words {
    ($(#[$attribute:meta])* $visibility:vis enum $name:ident {
        $($(#[$about:meta])* $value:ident = $word:literal $(, $label:literal)?;)+
    }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($(#[$about])* $value,)+
        }

        // Every vocabulary has these functions, whether they are used or not.
        const _: (fn($name) -> &'static str, fn(&str) -> Option<$name>) = ($name::label, $name::from_stored);

        impl $name {
            /// All values, in order.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in the database, in addresses and in formats.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            /// Label for people.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$value => $crate::words::words!(@label $word $(, $label)?),)+
                }
            }

            /// The value with that word, if there is one.
            pub fn from_stored(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.as_str() == word)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(word: &str) -> Result<Self, ()> {
                Self::from_stored(word).ok_or(())
            }
        }
    };
    (@label $word:literal, $label:literal) => { $label };
    (@label $word:literal) => { $word };
}

pub(crate) use words;
