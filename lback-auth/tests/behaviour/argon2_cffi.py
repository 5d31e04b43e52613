"""Makes and checks hashes with argon2-cffi: a JSON object a line in, one a line out.

{"make": ...} answers {"encoded": "$argon2..."}, and {"check": ...} answers {"right": true or false}.
Passwords are texts, of which "is_prepared" asks for the form of RFC 8265; salts are in hexadecimal.
"""

import json
import sys
import unicodedata

from argon2.exceptions import VerifyMismatchError
from argon2.low_level import Type, hash_secret, verify_secret

TYPES = {"argon2id": Type.ID, "argon2i": Type.I, "argon2d": Type.D}


def password(case):
    text = case["password"]
    if case["is_prepared"]:
        spaced = (" " if unicodedata.category(c) == "Zs" else c for c in text)
        text = unicodedata.normalize("NFC", "".join(spaced))
    return text.encode()


def make(case):
    encoded = hash_secret(
        password(case),
        bytes.fromhex(case["salt"]),
        time_cost=case["passes"],
        memory_cost=case["memory"],
        parallelism=case["lanes"],
        hash_len=case["output_len"],
        type=TYPES[case["type"]],
        version=case["version"],
    )
    return {"encoded": encoded.decode()}


def check(case):
    encoded = case["encoded"]
    try:
        verify_secret(encoded.encode(), password(case), TYPES[encoded.split("$")[1]])
    except VerifyMismatchError:
        return {"right": False}
    return {"right": True}


for line in sys.stdin:
    ((name, case),) = json.loads(line).items()
    print(json.dumps({"make": make, "check": check}[name](case)), flush=True)
