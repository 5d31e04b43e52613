//! Mails as files in a folder.

use std::fs;
use std::sync::Barrier;
use std::thread;

use time::OffsetDateTime;

use super::super::delivery::write;
use super::super::message::Kind;
use super::{KINDS, mail, mailer_into, mails_in, token};

#[tokio::test]
async fn a_folder_is_made_and_has_a_file_for_each_mail() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("outgoing/mails");
    let (mailer, token) = (mailer_into(&inner), token());
    assert!(!inner.exists(), "it is made for the first mail");
    for kind in KINDS {
        mailer
            .send(mail(kind, "../../etc/ada\n", &token))
            .await
            .unwrap();
    }

    // They sort by time.
    let mails = mails_in(&inner);
    let kinds: Vec<_> = mails
        .iter()
        .map(|(name, _)| name.split_once('-').unwrap().1)
        .collect();
    assert_eq!(kinds, KINDS.map(|kind| format!("{}.eml", kind.as_str())));
    for (_, mail) in &mails {
        assert!(
            mail.contains("\r\nTo: ada@example.org\r\n") && mail.ends_with("--\r\n"),
            "{mail}"
        );
    }
    assert!(mailer.unsent.lock().unwrap().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn no_other_user_reads_a_mail() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let mailer = mailer_into(folder.path());
    mailer
        .send(mail(Kind::PasswordReset, "ada", &token()))
        .await
        .unwrap();
    let [(name, _)] = &mails_in(folder.path())[..] else {
        panic!("it is one mail");
    };
    let mode = fs::metadata(folder.path().join(name))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn mails_of_the_same_instant_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let at = OffsetDateTime::from_unix_timestamp_nanos(1_795_644_446_123_456_789).unwrap();
    let together = Barrier::new(8);
    thread::scope(|scope| {
        for number in 0..8 {
            let (folder, together) = (folder.path(), &together);
            scope.spawn(move || {
                together.wait();
                write(
                    folder,
                    format!("mail {number}").as_bytes(),
                    Kind::Verification,
                    at,
                )
                .unwrap();
            });
        }
    });

    let (names, mut mails): (Vec<_>, Vec<_>) = mails_in(folder.path()).into_iter().unzip();
    mails.sort();
    assert_eq!(
        mails,
        [0, 1, 2, 3, 4, 5, 6, 7].map(|number| format!("mail {number}"))
    );
    assert!(
        names.contains(&"20261125T220726.123456Z-verification.eml".to_owned()),
        "{names:?}"
    );
    assert!(
        names.contains(&"20261125T220726.123456Z-verification-8.eml".to_owned()),
        "{names:?}"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mails");
    fs::write(&file, "not a folder").unwrap();
    let (mailer, token) = (mailer_into(&file), token());
    let unsent = mailer
        .send(mail(Kind::Verification, "ada", &token))
        .await
        .unwrap_err();
    let said = unsent.to_string();
    assert!(
        said.starts_with("the verification mail to ada@example.org was not sent: "),
        "{said}"
    );
    assert!(
        said.contains("cannot make the folder") && said.contains("(os error "),
        "{said}"
    );
    assert!(!said.contains(token.expose()), "{said}");
}
