use super::*;
use crate::store::MemoryStore;

type Builder = AccountsBuilder<MemoryStore>;
type SetLifetime = fn(Builder, Duration) -> Builder;
type SetLimit = fn(Builder, AttemptLimit) -> Builder;

const LIFETIMES: [(&str, SetLifetime); 2] = [
    (
        "verification_lifetime",
        AccountsBuilder::verification_lifetime,
    ),
    ("reset_lifetime", AccountsBuilder::reset_lifetime),
];

const LIMITS: [(&str, SetLimit); 4] = [
    ("login_limit", AccountsBuilder::login_limit),
    ("client_limit", AccountsBuilder::client_limit),
    ("mail_limit", AccountsBuilder::mail_limit),
    ("client_mail_limit", AccountsBuilder::client_mail_limit),
];

fn builder() -> Builder {
    let key = SessionKey::new(&[7; 32]).unwrap();
    Accounts::builder(MemoryStore::new(), key)
}

fn refused(builder: Builder) -> AccountsBuilderError {
    builder.build().expect_err("it cannot work")
}

/// `Accounts::new` does not check them.
#[test]
fn the_defaults_are_accepted() {
    builder().build().unwrap();
}

#[test]
fn a_lifetime_of_zero_is_refused() {
    for (setting, set) in LIFETIMES {
        let error = refused(set(builder(), Duration::ZERO));
        assert_eq!(error, AccountsBuilderError::ZeroLifetime { setting });
        set(builder(), Duration::from_nanos(1)).build().unwrap();
    }
}

#[test]
fn a_limit_that_never_delays_is_refused() {
    let limit = AttemptLimit::new(3);
    for (setting, set) in LIMITS {
        for never in [
            limit.with_delay(Duration::ZERO),
            limit
                .with_delay(Duration::ZERO)
                .with_max_delay(Duration::ZERO),
            limit.with_forgotten_after(Duration::ZERO),
        ] {
            let error = refused(set(builder(), never));
            assert_eq!(error, AccountsBuilderError::NeverLimits { setting });
        }
        set(builder(), AttemptLimit::new(u32::MAX)).build().unwrap();
    }
}

#[test]
fn a_delay_over_its_maximum_is_refused() {
    let delay = Duration::from_mins(15);
    let max_delay = delay.saturating_sub(Duration::from_nanos(1));
    let limit = AttemptLimit::new(3).with_delay(delay);
    for (setting, set) in LIMITS {
        let error = refused(set(builder(), limit.with_max_delay(max_delay)));
        let expected = AccountsBuilderError::DelayOverMaximum {
            setting,
            delay,
            max_delay,
        };
        assert_eq!(error, expected);
        set(builder(), limit.with_max_delay(delay)).build().unwrap();
    }
}

#[test]
fn errors_name_the_setting_and_the_mend() {
    let setting = "login_limit";
    for (error, text) in [
        (
            AccountsBuilderError::ZeroLifetime {
                setting: "reset_lifetime",
            },
            "the accounts' `reset_lifetime` is zero, so its tokens never work: set it to more than zero",
        ),
        (
            AccountsBuilderError::NeverLimits { setting },
            "the accounts' `login_limit` never delays an attempt: set its `delay` and \
             `forgotten_after` to more than zero, or allow all attempts with \
             `AttemptLimit::new(u32::MAX)`",
        ),
        (
            AccountsBuilderError::DelayOverMaximum {
                setting,
                delay: Duration::from_secs(2),
                max_delay: Duration::from_secs(1),
            },
            "the accounts' `login_limit` has a delay of 2s and a max_delay of 1s: set `max_delay` to \
             at least the delay",
        ),
    ] {
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_clone_of_a_builder_has_settings_apart() {
    let builder = builder();
    let other = builder.clone().reset_lifetime(Duration::ZERO);
    refused(other);
    builder.build().unwrap();
}
