use serde_json::Value;

use super::*;

#[test]
fn hashes_made_by_django_and_bcrypt() {
    let data = include_str!("../../../../tests/foreign-hashes.json");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let vectors = data["vectors"].as_array().expect("vectors");
    assert_eq!(vectors.len(), 98);
    let (mut checked, mut unknown) = (0, 0);
    for vector in vectors {
        let scheme = vector["scheme"].as_str().expect("a scheme");
        let encoded = vector["encoded"].as_str().expect("a hash");
        let password = vector["password"].as_str().expect("a password");
        let valid = vector["valid"].as_bool().expect("an answer");
        if scheme.starts_with("phc.argon2") || scheme == "django.argon2" {
            assert!(
                matches!(ForeignHash::decode(encoded), Ok(None)),
                "{encoded}"
            );
            unknown += 1;
        } else {
            assert_eq!(matches(encoded, password), valid, "{encoded}");
            checked += 1;
        }
    }
    assert_eq!((checked, unknown), (58, 40));
}

#[test]
fn bcrypt_vectors_of_crypt_blowfish() {
    // From its wrapper.c, checked against libxcrypt; the last is made with libxcrypt.
    let vectors: [(&str, &[u8]); 9] = [
        (
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            b"U*U",
        ),
        (
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
            b"U*U*",
        ),
        (
            "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
            b"U*U*U",
        ),
        (
            "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
            b"",
        ),
        (
            "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
            b"\xFF\xFF\xA3",
        ),
        (
            "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
            b"\xFF\xFF\xA3",
        ),
        (
            "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
            b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789\
              chars after 72 are ignored",
        ),
        (
            "$2a$05$/OK.fbVrR/bpIqNJ5ianF.swQOIzjOiJ9GHEPuhEkvqrUyvWhEMx6",
            &[0xAA; 80],
        ),
        (
            "$2b$04$abcdefghijklmnopqrstuuMCu.k1vM/ywQwiONaEn3oEMlZoCVBd6",
            &[b'a'; 71],
        ),
    ];
    for (stored, password) in vectors {
        assert!(matches(stored, password), "{stored}");
        assert!(matches(&format!("bcrypt${stored}"), password), "{stored}");
        assert!(!matches(stored, [b"x", password].concat()), "{stored}");
        assert!(
            !matches(&format!("bcrypt_sha256${stored}"), password),
            "{stored}"
        );
    }
}

#[test]
fn pbkdf2_vectors_of_rfc_6070_and_rfc_7914() {
    // RFC 6070, section 2. Outputs over 20 bytes begin with the 20 that Django stores; smaller ones
    // cannot be stored, and 16,777,216 iterations are out of bounds.
    let long_salt = "saltSALTsaltSALTsaltSALTsaltSALTsalt";
    for (password, salt, iterations, output) in [
        (
            "password",
            "salt",
            1,
            "0c60c80f961f0e71f3a9b524af6012062fe037a6",
        ),
        (
            "password",
            "salt",
            2,
            "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        ),
        (
            "password",
            "salt",
            4096,
            "4b007901b765489abead49d926f721d065a429c1",
        ),
        (
            "passwordPASSWORDpassword",
            long_salt,
            4096,
            "3d2eec4fe41c849b80c8d83662c0e44a8b291a96",
        ),
    ] {
        let output = base16ct::lower::decode_vec(output).expect("hex");
        let output = base64ct::Base64::encode_string(&output);
        let stored = format!("pbkdf2_sha1${iterations}${salt}${output}");
        assert!(matches(&stored, password), "{stored}");
        assert!(!matches(&stored, "Passw0rd"), "{stored}");
    }
    // RFC 7914, section 11: the first 32 bytes of 64.
    for (password, salt, iterations, output) in [
        (
            "passwd",
            "salt",
            1,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
        ),
        (
            "Password",
            "NaCl",
            80_000,
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56",
        ),
    ] {
        let output = base16ct::lower::decode_vec(output).expect("hex");
        let output = base64ct::Base64::encode_string(&output);
        let stored = format!("pbkdf2_sha256${iterations}${salt}${output}");
        assert!(matches(&stored, password), "{stored}");
        assert!(!matches(&stored, "Passw0rd"), "{stored}");
    }
}

#[test]
fn scrypt_vectors_of_rfc_7914() {
    // Section 12, without the vector that has no salt and the one that needs 1 GiB.
    for (password, stored) in [
        (
            "password",
            "scrypt$1024$NaCl$8$16$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA==",
        ),
        (
            "pleaseletmein",
            "scrypt$16384$SodiumChloride$8$1$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw==",
        ),
    ] {
        assert!(matches(stored, password), "{stored}");
        assert!(!matches(stored, password.to_uppercase()), "{stored}");
    }
}

#[test]
fn a_salt_is_not_decoded() {
    // Made with Python's hashlib.
    for stored in [
        "pbkdf2_sha256$2$sält 🦀$FEK56S5A2vvNspJys+fVX7XNl8J3yg5/1f+p4abP7aY=",
        "scrypt$2$sält 🦀$1$3$rNqiW0BkXa9X9gCkDkxiqojuIyfcATiT6r6/U2Ehuyq0L5V4OU8WiqZTFx8L03VI3hArV2u6OzUzh5daH2Kj4Q==",
    ] {
        assert!(matches(stored, "password"), "{stored}");
        assert!(!matches(&stored.replace('ä', "a"), "password"), "{stored}");
    }
}

#[test]
fn every_byte_of_the_output_counts() {
    let stored = "$2b$05$TZLuSexVbeNalSjjZZfQuuHLlbz9h1RDnnrC9CPcnNDszCvEFBLwK";
    let password = "a".repeat(72);
    assert!(matches(stored, &password));
    for (from, to) in [("uuHL", "uuIL"), ("FBLwK", "FBLxK"), ("FBLwK", "FBLwO")] {
        assert!(!matches(&stored.replace(from, to), &password), "{to}");
    }

    // Made with Python's hashlib.
    for stored in [
        "pbkdf2_sha1$2$salt$6mwBTcctb4zNHtkqzh1B8NjeiVc=",
        "pbkdf2_sha256$2$sält 🦀$FEK56S5A2vvNspJys+fVX7XNl8J3yg5/1f+p4abP7aY=",
        "scrypt$2$sält 🦀$1$3$rNqiW0BkXa9X9gCkDkxiqojuIyfcATiT6r6/U2Ehuyq0L5V4OU8WiqZTFx8L03VI\
         3hArV2u6OzUzh5daH2Kj4Q==",
    ] {
        assert!(matches(stored, "password"), "{stored}");
        let (start, output) = stored.rsplit_once('$').expect("an output");
        let output = base64ct::Base64::decode_vec(output).expect("base64");
        for at in 0..output.len() {
            let mut other = output.clone();
            other[at] ^= 1;
            let other = base64ct::Base64::encode_string(&other);
            assert!(!matches(&format!("{start}${other}"), "password"), "{at}");
        }
    }
}
