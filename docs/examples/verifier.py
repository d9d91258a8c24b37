"""A complete verifier in one file: Python 3.11 and `cryptography`, nothing else. Steps and codes are those of docs/token-format.md.

    python verifier.py --trust DIR [--policy FILE] [--now EPOCH] TEXT
    python verifier.py --trust https://… --root root.json TEXT
    python verifier.py --batch          a JSON object a line: {"text", "trust", "policy", "now", "challenge", "seen"}

Prints one JSON object: outcome, code, claims. Exit: 0 valid, 1 anything else.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import time
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

MAX_INTEGER, WEEK, CODE_LIFETIME, DOUBLE_READ = 2**53 - 1, 604_800, 60, 2
OUTCOMES = {"ok": "valid", "revoked": "revoked", "expired": "expired", "credential_expired": "expired", "credential_stale": "expired"}
UNKNOWN = ("no_trust", "unknown_key", "clock_behind", "keys_expired", "list_expired", "list_stale", "list_missing")
OUTCOMES |= dict.fromkeys(UNKNOWN, "unknown")
PRESETS = {
    "gate": {"max_list_age": 86_400, "scenes": ["transit", "identity"], "online": "never", "on_unknown": "refuse"},
    "hospital": {"max_list_age": 3_600, "scenes": ["identity", "medical"], "online": "on_unknown", "on_unknown": "attend"},
    "counter": {"max_list_age": 3_600, "scenes": None, "online": "first", "on_unknown": "attend"},
}
COMMON = {"max_credential_age": 86_400, "leeway": 30, "challenge": False}
RANGES = {"max_list_age": (1, WEEK), "max_credential_age": (60, WEEK), "leeway": (0, 300)}
ATTRIBUTES = {
    "concession": lambda value: type(value) is int and 0 <= value <= 255,
    "pseudonym": lambda value: type(value) is bytes and len(value) == 8,
    "sealed": lambda value: type(value) is bytes and len(value) in range(68, 309, 16),
}


class Refused(Exception):
    """One step failed; its only argument is the code."""


def need(holds, code="malformed"):
    if not holds:
        raise Refused(code)


# Strict JSON and base64url: two readers of the same signed bytes must not see different things.


def b64decode(text):
    need(re.fullmatch("[A-Za-z0-9_-]*", text) and len(text) % 4 != 1)
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(b64encode(data) == text)
    return data


def b64encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_json(data):
    def members(pairs):
        need(len(dict(pairs)) == len(pairs))
        return dict(pairs)

    def refuse(_):
        raise Refused("malformed")

    try:
        return typed(json.loads(data.decode(), object_pairs_hook=members, parse_float=refuse, parse_constant=refuse), dict)
    except (ValueError, RecursionError) as error:
        raise Refused("malformed") from error


def typed(value, kind, least=0, most=MAX_INTEGER):
    need(type(value) is kind and (kind is not int or least <= value <= most))
    return value


def exactly(members, *names):
    need(set(members) == set(names))
    return [members[name] for name in names]


# Signatures and keys.


def verifies(point, signature, message):
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        point.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return len(signature) == 64


def read_point(encoded):
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), encoded)
    except ValueError:
        return None


def read_jwk(jwk):
    """(kid, point); a `kid` is the beginning of the RFC 7638 thumbprint."""
    x, y = (b64decode(typed(jwk.get(name), str)) for name in "xy")
    point = read_point(b"\x04" + x + y) if len(x) == len(y) == 32 else None
    written = json.dumps({name: jwk.get(name) for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
    kid = hashlib.sha256(written.encode()).hexdigest()[:8]
    need(point and (jwk["kty"], jwk["crv"], jwk.get("kid")) == ("EC", "P-256", kid))
    return kid, point


def split_jws(text):
    parts = text.split(".")
    need(len(parts) == 3)
    header, payload, signature = map(b64decode, parts)
    return parse_json(header), payload, signature, ".".join(parts[:2]).encode()


def signer_of(jws, typ, keys):
    """The kid of the one of `keys` (kid: point) that has signed; None where it is none of them."""
    header, _, signature, signed = jws
    kid = header.get("kid")
    is_ours = header == {"alg": "ES256", "kid": kid, "typ": typ} and type(kid) is str and kid in keys
    return kid if is_ours and verifies(keys[kid], signature, signed) else None


# Trust material, §2 and §3: T1 to T5. Whatever is wrong with it, there is no trust.


class Trust:
    def __init__(self, root, keys, manifest, get_list, state=b"", now=None):
        state = parse_json(state) if state else {}
        seen = {name: typed(state.get(name, 0), int) for name in ("manifest_version", "keys_version", "time_floor")}
        self.read_keys(parse_json(bounded(root, 16)), bounded(keys, 20))
        self.read_manifest(bounded(manifest, 18), keys)
        need(self.keys_version >= seen["keys_version"], "keys_rollback")
        need(now is None or now < self.keys_exp, "keys_expired")
        spoke = typed(state.get("list_kid", ""), str)
        if spoke and self.keys_version > seen["keys_version"] and self.list_keys.get(spoke, REVOKED)["revoked"]:  # T2a
            seen |= {"manifest_version": 0, "time_floor": self.keys_iat}
        need(self.version >= seen["manifest_version"], "manifest_rollback")
        self.time_floor = max(seen["time_floor"], self.keys_iat, self.iat)
        self.lists = {}
        for shard, sha256 in self.pins.items():
            data = get_list(shard)
            if data is not None:
                need(b64encode(hashlib.sha256(bounded(data, 22)).digest()) == sha256, "list_mismatch")
                self.lists[shard] = read_list(data, self.size)

    def read_keys(self, root, data):
        roots = dict(map(read_jwk, typed(root.get("keys"), list)))
        threshold = typed(root.get("threshold"), int, 1, len(roots))
        payload, signatures = exactly(parse_json(data), "payload", "signatures")
        need(len(typed(signatures, list)) <= 16 and len(roots) == len(root["keys"]), "keys_untrusted")
        parts = [f"{p}.{payload}.{s}" for p, s in (exactly(entry, "protected", "signature") for entry in signatures)]
        signers = {signer_of(split_jws(part), "ecard-keys+jws", roots) for part in parts} - {None}
        need(len(signers) >= threshold, "keys_untrusted")
        said = parse_json(b64decode(payload))
        self.issuer, self.keys_version = typed(said.get("iss"), str), typed(said.get("version"), int)
        self.keys_iat, self.keys_exp = typed(said.get("iat"), int), typed(said.get("exp"), int)
        need(self.issuer == typed(root.get("issuer"), str), "keys_untrusted")
        entries = [typed(entry, dict) for entry in typed(said.get("keys"), list)]
        signing = [read_key(jwk) for jwk in entries if jwk.get("purpose") in ("code", "list")]
        self.code_keys = {key["kid"]: key for key in signing if key["purpose"] == "code"}
        self.list_keys = {key["kid"]: key for key in signing if key["purpose"] == "list"}
        scenes = [read_scene(entry) for entry in typed(said.get("scenes"), list)]
        self.scenes = {name: entry for entry in scenes for name in entry[:2]}
        need(len({key["kid"] for key in signing}) == len(signing) and len(self.scenes) == 2 * len(scenes), "keys_untrusted")

    def read_manifest(self, data, keys):
        jws = split_jws(data.decode("ascii"))
        kid = signer_of(jws, "ecard-manifest+jws", {kid: key["point"] for kid, key in self.list_keys.items()})
        said = parse_json(jws[1])
        self.version, self.iat, self.exp = (typed(said.get(name), int) for name in ("version", "iat", "exp"))
        self.size = typed(said.get("size"), int, 1, 2**28)
        key = self.list_keys.get(kid, REVOKED)
        need(not key["revoked"] and key["nbf"] <= self.iat < key["exp"], "manifest_untrusted")
        named = typed(said.get("keys"), dict)
        fingerprint = b64encode(hashlib.sha256(keys).digest())
        need((named.get("version"), named.get("sha256")) == (self.keys_version, fingerprint), "keys_mismatch")  # T3
        shards = typed(said.get("shards"), dict)
        need(len(shards) <= 64 and all(re.fullmatch(r"0|[1-9][0-9]{0,8}", name) for name in shards), "manifest_untrusted")
        self.pins = {int(name): typed(typed(pin, dict).get("sha256"), str) for name, pin in shards.items()}
        for pin in shards.values():
            typed(pin.get("changes"), int)


REVOKED = {"revoked": True}


def bounded(data, bits):
    need(len(data) <= 2**bits)
    return data


def read_key(jwk):
    kid, point = read_jwk(jwk)
    nbf, exp = typed(jwk.get("nbf"), int), typed(jwk.get("exp"), int)
    revoked = "revoked" in jwk and typed(jwk["revoked"], int) >= 0
    need((jwk.get("alg"), jwk.get("use")) == ("ES256", "sig"), "keys_untrusted")
    return {"kid": kid, "point": point, "purpose": jwk["purpose"], "nbf": nbf, "exp": exp, "revoked": revoked}


def read_scene(entry):
    attributes = [typed(name, str) for name in typed(typed(entry, dict).get("attributes"), list)]
    return typed(entry.get("id"), int), typed(entry.get("name"), str), attributes


def read_list(data, size):
    """§2.3: distances in LEB128, each in as few bytes as it takes."""
    indices, index, distance, shift = set(), -1, 0, 0
    for byte in data:
        distance |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            continue
        need(byte or not shift, "list_untrusted")
        index += distance + 1
        indices.add(index)
        distance = shift = 0
    need(not shift and index < size, "list_untrusted")
    return indices


def load_trust(place, root, now):
    """The trust of a folder (§3), or fetched from an issuer's address under a root file of one's own."""
    if place.startswith(("http://", "https://")):
        def fetch(path):
            with urllib.request.urlopen(f"{place.rstrip('/')}/trust/{path}", timeout=10) as answer:
                return answer.read(2**22 + 1)

        fetched = fetch("keys"), fetch("manifest")
        return Trust(Path(root).read_bytes(), *fetched, lambda shard: fetch(f"status/{shard}/list"), now=now)
    folder = Path(place)
    is_waiting = (folder / "manifest.jws.next").exists()

    def read(name):
        for path in ([folder / f"{name}.next"] if is_waiting else []) + [folder / name]:
            if path.exists():
                return path.read_bytes()
        return None

    files = [read(name) for name in ("root.json", "keys.json", "manifest.jws")]
    need(None not in files, "folder_unreadable")
    return Trust(*files, lambda shard: read(f"status-{shard}.list"), read("state.json") or b"")


# Reading a code, steps 1 and 2. CBOR has one form here, so it is read as one.


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data))
        self.at += count
        return self.data[self.at - count : self.at]

    def expect(self, written):
        need(self.take(len(written) // 2).hex() == written)

    def head(self, *majors):
        """(major type, argument), the argument in as few bytes as it takes."""
        first = self.take(1)[0]
        major, argument = first >> 5, first & 31
        need(major in majors and argument < 28)
        if argument > 23:
            width = 1 << (argument - 24)
            argument = int.from_bytes(self.take(width), "big")
            need((24 if width == 1 else 1 << 4 * width) <= argument <= MAX_INTEGER)
        return major, argument

    def uint(self):
        return self.head(0)[1]

    def value(self):
        major, argument = self.head(0, 2)
        return argument if major == 0 else self.take(argument)

    def bytes(self):
        return self.take(self.head(2)[1])

    def end(self):
        need(self.at == len(self.data))


def read_sign1(token, kind):
    """The two headers and the signature of a COSE_Sign1: algorithm, what follows it, payload, what is signed, signature."""
    reader = Reader(token)
    reader.expect("d284")
    start, protected = reader.at, reader.bytes()
    signed = b"\x84\x6aSignature1" + token[start : reader.at] + b"\x40"
    reader.expect("a0")
    start, payload = reader.at, reader.bytes()
    signed += token[start : reader.at]
    reader.expect("5840")
    signature = reader.take(64)
    reader.end()
    header = Reader(protected)
    header.expect("a201")
    major, number = header.head(0, 1)
    need(number < 2**32)
    header.expect(kind)
    return (major, number) == (1, 6), protected[header.at :], payload, signed, signature


def read_cwt(token):
    is_es256, kid, payload, signed, signature = read_sign1(token, "0444")
    reader = Reader(payload)
    reader.expect("a404")
    exp = reader.uint()
    reader.expect("06")
    iat, holder = reader.uint(), None
    if reader.take(1) == b"\x07":
        reader.expect("48")
        token_id = reader.take(8)
    else:
        need(payload[reader.at - 1] == 8)
        reader.expect("a101a4010220012158" + "20")
        x = reader.take(32)
        reader.expect("22")
        sign = reader.take(1)
        need(sign in b"\xf4\xf5")
        holder, token_id = bytes([sign[0] - 0xF2]) + x, hashlib.sha256(payload).digest()[:8]
    reader.expect("3a00010000")
    _, count = reader.head(4)
    need(2 <= count <= 23 and len(kid) == 4)
    scene, index = reader.uint(), reader.uint()
    values = [reader.value() for _ in range(count - 2)]
    reader.end()
    code = {"kid": kid.hex(), "is_es256": is_es256, "signed": signed, "signature": signature, "exp": exp, "iat": iat}
    return code | {"scene": scene, "index": index, "values": values, "token_id": token_id, "holder": holder, "shown": None}


def read_presentation(token):
    is_es256, credential, payload, signed, signature = read_sign1(token, "0d")
    code = read_cwt(credential)
    need(code["holder"])
    reader, challenge = Reader(payload), None
    is_answer = payload[:1] == b"\xa2"
    reader.expect("a206" if is_answer else "a106")
    iat = reader.uint()
    if is_answer:
        reader.expect("0a48")
        challenge = int.from_bytes(reader.take(8), "big")
    reader.end()
    need(challenge is None or challenge <= MAX_INTEGER)
    shown = {"iat": iat, "challenge": challenge, "signed": signed, "signature": signature}
    return code | {"is_es256": is_es256 and code["is_es256"], "shown": shown}


def read_jwt(text):
    header, payload, signature, signed = split_jws(text)
    algorithm, kid, typ = exactly(header, "alg", "kid", "typ")
    claims = parse_json(payload)
    names = ("iss", "iat", "exp", "jti", "scene", "status")
    iss, iat, exp, jti, scene, status = exactly({name: claims[name] for name in names if name in claims}, *names)
    index, uri = exactly(typed(exactly(typed(status, dict), "status_list")[0], dict), "idx", "uri")
    token_id = b64decode(typed(jti, str))
    right = typ == "ecard+jwt" and re.fullmatch("[0-9a-f]{8}", typed(kid, str)) and len(token_id) == 8 and len(signature) == 64
    need(right)
    attributes = {name: claims[name] for name in claims if name not in names}
    code = {"kid": kid, "is_es256": typed(algorithm, str) == "ES256", "signed": signed, "signature": signature}
    code |= {"exp": typed(exp, int), "iat": typed(iat, int), "scene": typed(scene, str), "index": typed(index, int)}
    code |= {"token_id": token_id, "holder": None, "shown": None, "values": attributes}
    return code | {"iss": typed(iss, str), "uri": typed(uri, str)}


FOLDING = dict.fromkeys([*range(9, 14), 0x20, 0xA0, 0x3000, 0xFEFF]) | {0xFF10 + digit: str(digit) for digit in range(10)}


def read_code(text):
    need(len(text) <= 4096, "too_long")
    text = text.translate(FOLDING)
    if not re.fullmatch("35[0-9]+", text):
        need(re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", text), "not_a_code")
        return read_jwt(text)
    need(len(text) <= 1200, "too_long")
    read = {"1": read_cwt, "2": read_presentation}.get(text[2])
    need(read, "unsupported_format")
    need(text[3:4] not in ("", "0"))
    number = int(text[3:])
    return read(number.to_bytes((number.bit_length() + 7) // 8, "big"))


# Judging, §4.


def read_policy(written):
    policy = COMMON | PRESETS[written.get("preset", "counter")] | {name: written[name] for name in written if name != "preset"}
    is_one = policy.keys() == COMMON.keys() | PRESETS["gate"].keys() and type(policy["challenge"]) is bool
    need(is_one and policy["online"] in ("never", "on_unknown", "first") and policy["on_unknown"] in ("refuse", "attend"), "not a policy")
    for name, (least, most) in RANGES.items():
        typed(policy[name], int, least, most)
    for scene in typed(policy["scenes"] or [], list):
        typed(scene, str)
    return policy


def claims_of(code, trust):
    scene = trust.scenes.get(code["scene"])
    if scene is None:
        return None
    names, values = scene[2], code["values"]
    try:
        if type(values) is dict:
            values = [values[name] for name in names] if set(values) == set(names) and len(names) == len(values) else None
            values = values and [b64decode(value) if type(value) is str else value for value in values]
    except Refused:
        return None
    if values is None or len(values) != len(names):
        return None
    if not all(name in ATTRIBUTES and ATTRIBUTES[name](value) for name, value in zip(names, values, strict=True)):
        return None
    attributes = {name: value.hex() if type(value) is bytes else value for name, value in zip(names, values, strict=True)}
    about = {"scene": scene[1], "issued_at": code["iat"], "expires_at": code["exp"], "token_id": code["token_id"].hex()}
    return about | attributes


def verify(text, trust, policy, now, challenge=None, seen=None):
    """outcome, code and claims; `seen` remembers (token number, code time): last sight, and None lets a code pass again."""
    claims = {}
    try:
        need(trust, "no_trust")
        judge(read_code(text), trust, policy, now, challenge, seen, claims)
        result = "ok"
    except Refused as refused:
        result = refused.args[0]
    return {"outcome": OUTCOMES.get(result, "invalid"), "code": result, "claims": claims or None}


def judge(code, trust, policy, now, challenge, seen, claims):
    shown, leeway, shard = code["shown"], policy["leeway"], code["exp"] // WEEK
    key = trust.code_keys.get(code["kid"])
    need(key, "unknown_key")  # 3
    need(code["is_es256"], "wrong_algorithm")  # 4
    need(verifies(key["point"], code["signature"], code["signed"]), "bad_signature")  # 5
    claims |= claims_of(code, trust) or {}
    need(not key["revoked"], "key_revoked")  # 6
    need(key["nbf"] <= code["iat"] < key["exp"], "key_not_valid")
    need(claims and code.get("iss", trust.issuer) == trust.issuer, "claims_invalid")  # 7
    uri = f"{trust.issuer}/trust/status/{shard}"
    holder = code["holder"] and read_point(code["holder"])
    need(code.get("uri", uri) == uri and (holder or not code["holder"]), "claims_invalid")
    need(0 < code["exp"] - code["iat"] <= WEEK, "lifetime_invalid")  # 8
    need(shown or not holder, "holder_signature_missing")  # 9
    issued, ends = code["iat"], code["exp"]
    if shown:
        need(verifies(holder, shown["signature"], shown["signed"]), "bad_holder_signature")
        issued, ends = shown["iat"], min(shown["iat"] + CODE_LIFETIME, code["exp"])
        claims |= {"issued_at": issued, "expires_at": ends}
    need(now >= trust.time_floor - leeway, "clock_behind")  # 10
    need(code["iat"] <= now + leeway, "credential_not_yet_valid" if shown else "not_yet_valid")  # 11
    need(issued <= now + leeway, "not_yet_valid")
    need(not shown or issued + CODE_LIFETIME > now - leeway, "expired")  # 12
    need(code["exp"] > now - leeway, "credential_expired" if shown else "expired")
    answer = shown and shown["challenge"]
    need(answer is not None or (challenge is None and not policy["challenge"]), "challenge_missing")  # 13
    need(answer is None or challenge is not None, "challenge_unexpected")
    need(answer == challenge, "challenge_wrong")
    need(policy["scenes"] is None or claims["scene"] in policy["scenes"], "scene_not_accepted")  # 14
    need(not shown or now - code["iat"] <= policy["max_credential_age"], "credential_stale")  # 15
    need(trust.keys_exp > now, "keys_expired")  # 16
    need(trust.exp > now, "list_expired")
    need(now - trust.iat <= policy["max_list_age"], "list_stale")  # 17
    need(shard in trust.lists, "list_missing")  # 18
    need(code["index"] < trust.size, "claims_invalid")
    need(code["index"] not in trust.lists[shard], "revoked")  # 19
    if seen is not None:  # 20
        last, seen[code["token_id"], issued] = seen.get((code["token_id"], issued)), now
        need(last is None, "double_read" if last is not None and now - last <= DOUBLE_READ else "replayed")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--trust", "--root", "--policy", "--now"):
        parser.add_argument(option)
    parser.add_argument("--batch", action="store_true")
    parser.add_argument("text", nargs="?")
    options = parser.parse_args()
    if options.batch:
        return batch()
    now = int(options.now or time.time())
    policy = read_policy(parse_json(Path(options.policy).read_bytes()) if options.policy else {})
    verdict = verify(options.text, try_trust(options.trust, options.root, now), policy, now)
    print(json.dumps(verdict, ensure_ascii=False))
    return 0 if verdict["outcome"] == "valid" else 1


def try_trust(place, root, now):
    try:
        return load_trust(place, root, now)
    except (Refused, OSError, ValueError, AttributeError, TypeError) as error:
        print(f"no trust: {error!r}", file=sys.stderr)
        return None


def batch():
    trusts = {None: None}
    for line in sys.stdin.buffer:
        asked = parse_json(line)
        place, now = asked.get("trust"), asked["now"]
        if place not in trusts:
            trusts[place] = try_trust(place, None, now)
        seen = None if "seen" not in asked else {(bytes.fromhex(one["token_id"]), one["iat"]): one["at"] for one in asked["seen"]}
        verdict = verify(asked["text"], trusts[place], read_policy(asked.get("policy", {})), now, asked.get("challenge"), seen)
        print(json.dumps(verdict, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
