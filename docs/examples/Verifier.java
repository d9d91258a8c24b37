// A complete verifier in one file: JDK 17, the standard library alone. Steps and codes are those of docs/token-format.md.
//
//   java Verifier.java --trust DIR [--policy FILE] [--now EPOCH] TEXT
//   java Verifier.java --trust https://… --root root.json TEXT
//   java Verifier.java --batch          a JSON object a line: {"text", "trust", "policy", "now", "challenge", "seen"}
//
// Prints one JSON object: outcome, code, claims. Exit: 0 valid, 1 anything else.

import java.io.*;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.*;
import java.nio.ByteBuffer;
import java.nio.charset.*;
import java.nio.file.*;
import java.security.*;
import java.security.interfaces.ECPublicKey;
import java.security.spec.*;
import java.util.*;
import java.util.function.*;
import java.util.regex.Pattern;

public final class Verifier {
    static final long MAX_INTEGER = (1L << 53) - 1, WEEK = 604_800, CODE_LIFETIME = 60, DOUBLE_READ = 2;
    static final Set<String> EXPIRED = Set.of("expired", "credential_expired", "credential_stale"), UNKNOWN = Set.of(
            "no_trust", "unknown_key", "clock_behind", "keys_expired", "list_expired", "list_stale", "list_missing");
    static final HexFormat HEX = HexFormat.of();

    /** One step failed; the message is the code. */
    @SuppressWarnings("serial")
    static final class Refused extends RuntimeException {
        Refused(String code) { super(code, null, false, false); }
    }

    static void need(boolean holds, String code) { if (!holds) throw new Refused(code); }
    static void need(boolean holds) { need(holds, "malformed"); }

    // Strict JSON and base64url: two readers of the same signed bytes must not see different things.

    static final class Json {
        final String text;
        int at;

        Json(String text) { this.text = text; }

        /** The object in `data`; numbers become Long, and one that is no Long becomes a BigInteger, which nothing here takes. */
        static Map<String, Object> parse(byte[] data) {
            try {
                Json json = new Json(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString());
                Map<String, Object> members = object(json.value(0));
                json.space();
                need(json.at == json.text.length());
                return members;
            } catch (CharacterCodingException | IndexOutOfBoundsException | NumberFormatException error) {
                throw new Refused("malformed");
            }
        }

        void space() { while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) at++; }

        boolean next(String expected) {
            space();
            boolean found = text.startsWith(expected, at);
            if (found) at += expected.length();
            return found;
        }

        void list(String end, Runnable item) {
            if (next(end)) return;
            do item.run(); while (next(","));
            need(next(end));
        }

        Object value(int depth) {
            need(depth < 500);
            if (next("{")) {
                Map<String, Object> members = new LinkedHashMap<>();
                list("}", () -> {
                    need(next("\""));
                    String name = string();
                    need(next(":") && !members.containsKey(name));
                    members.put(name, value(depth + 1));
                });
                return members;
            }
            if (next("[")) {
                List<Object> items = new ArrayList<>();
                list("]", () -> items.add(value(depth + 1)));
                return items;
            }
            if (next("\"")) return string();
            if (next("true")) return true;
            if (next("false")) return false;
            return next("null") ? null : number();
        }

        Number number() {
            int start = at;
            while (at < text.length() && "-+.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
            String written = text.substring(start, at);
            need(written.matches("-?(0|[1-9][0-9]*)"));
            BigInteger number = new BigInteger(written);
            return number.bitLength() < 64 ? (Number) number.longValue() : number;
        }

        String string() {
            StringBuilder found = new StringBuilder();
            for (char next = text.charAt(at++); next != '"'; next = text.charAt(at++)) {
                need(next >= 0x20);
                if (next != '\\') {
                    found.append(next);
                    continue;
                }
                char escape = text.charAt(at++);
                int plain = "\"\\/bfnrt".indexOf(escape);
                need(plain >= 0 || escape == 'u');
                found.append(plain >= 0 ? "\"\\/\b\f\n\r\t".charAt(plain) : (char) HexFormat.fromHexDigits(text, at, at += 4));
            }
            return found.toString();
        }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) { need(value instanceof Map); return (Map<String, Object>) value; }
    static List<?> list(Object value) { need(value instanceof List); return (List<?>) value; }
    static String text(Object value) { need(value instanceof String); return (String) value; }
    static long integer(Object value) { return integer(value, 0, MAX_INTEGER); }

    static long integer(Object value, long least, long most) {
        need(value instanceof Long number && number >= least && number <= most);
        return (Long) value;
    }

    static void exactly(Map<String, Object> members, String... names) { need(members.keySet().equals(Set.of(names))); }

    static byte[] b64(Object written) {
        try {
            byte[] data = Base64.getUrlDecoder().decode(text(written));
            need(fromB64(data).equals(written));
            return data;
        } catch (IllegalArgumentException error) {
            throw new Refused("malformed");
        }
    }

    static String fromB64(byte[] data) { return Base64.getUrlEncoder().withoutPadding().encodeToString(data); }

    // Signatures and keys.

    static final ECParameterSpec P256 = parameters();
    static final BigInteger P = ((ECFieldFp) P256.getCurve().getField()).getP();

    static ECParameterSpec parameters() {
        try {
            AlgorithmParameters found = AlgorithmParameters.getInstance("EC");
            found.init(new ECGenParameterSpec("secp256r1"));
            return found.getParameterSpec(ECParameterSpec.class);
        } catch (GeneralSecurityException error) {
            throw new IllegalStateException(error);
        }
    }

    static byte[] sha256(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (NoSuchAlgorithmException error) {
            throw new IllegalStateException(error);
        }
    }

    /** The key of a point; null where it is not on the curve. With `y` null the `odd` one of the two (SEC 1). */
    static PublicKey point(byte[] xBytes, byte[] yBytes, boolean odd) {
        BigInteger x = new BigInteger(1, xBytes), three = BigInteger.valueOf(3);
        BigInteger square = x.modPow(three, P).add(P256.getCurve().getA().multiply(x)).add(P256.getCurve().getB()).mod(P);
        BigInteger root = square.modPow(P.add(BigInteger.ONE).shiftRight(2), P);
        BigInteger y = yBytes != null ? new BigInteger(1, yBytes) : root.testBit(0) == odd ? root : P.subtract(root);
        if (x.compareTo(P) >= 0 || y.compareTo(P) >= 0 || !y.multiply(y).mod(P).equals(square)) return null;
        try {
            return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), P256));
        } catch (GeneralSecurityException error) {
            return null;
        }
    }

    static boolean verifies(PublicKey key, byte[] signature, byte[] message) {
        if (signature.length != 64) return false;
        try {
            Signature check = Signature.getInstance("SHA256withECDSAinP1363Format");
            check.initVerify(key);
            check.update(message);
            return check.verify(signature);
        } catch (GeneralSecurityException error) {
            return false;
        }
    }

    /** A key of the key set or of the root. It signs from `nbf` until `exp`. */
    record Key(String kid, PublicKey point, Object purpose, long nbf, long exp, boolean revoked) {}

    /** The P-256 key of a JWK; a `kid` is the beginning of the RFC 7638 thumbprint. */
    static Key jwk(Object entry, boolean isRoot) {
        Map<String, Object> jwk = object(entry);
        byte[] x = b64(jwk.get("x")), y = b64(jwk.get("y"));
        need("EC".equals(jwk.get("kty")) && "P-256".equals(jwk.get("crv")) && x.length == 32 && y.length == 32);
        PublicKey point = point(x, y, false);
        String kid = kid("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"" + jwk.get("x") + "\",\"y\":\"" + jwk.get("y") + "\"}");
        need(point != null && kid.equals(jwk.get("kid")));
        if (isRoot) return new Key(kid, point, "root", 0, 0, false);
        need("ES256".equals(jwk.get("alg")) && "sig".equals(jwk.get("use")));
        boolean revoked = jwk.containsKey("revoked") && integer(jwk.get("revoked")) >= 0;
        return new Key(kid, point, jwk.get("purpose"), integer(jwk.get("nbf")), integer(jwk.get("exp")), revoked);
    }

    static String kid(String members) { return HEX.formatHex(sha256(members.getBytes(StandardCharsets.UTF_8)), 0, 4); }

    record Jws(Map<String, Object> header, byte[] payload, byte[] signature, byte[] signed) {
        static Jws split(String written) {
            String[] parts = written.split("\\.", -1);
            need(parts.length == 3);
            byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.UTF_8);
            return new Jws(Json.parse(b64(parts[0])), b64(parts[1]), b64(parts[2]), signed);
        }

        /** The one of `keys` that has signed; null where it is none of them. */
        Key signer(String typ, Map<String, Key> keys) {
            Key key = header.get("kid") instanceof String kid ? keys.get(kid) : null;
            boolean isOurs = key != null && header.size() == 3 && "ES256".equals(header.get("alg")) && typ.equals(header.get("typ"));
            return isOurs && verifies(key.point, signature, signed) ? key : null;
        }
    }

    // Trust material, §2 and §3: T1 to T5. Whatever is wrong with it, there is no trust.

    record Scene(long id, String name, List<String> attributes) {}

    static final class Trust {
        final Map<String, Key> codeKeys = new HashMap<>(), listKeys = new HashMap<>();
        final Map<Object, Scene> scenes = new HashMap<>();
        final Map<Long, String> pins = new HashMap<>();
        final Map<Long, Set<Integer>> lists = new HashMap<>();
        String issuer;
        long keysVersion, keysIat, keysExp, version, iat, exp, size, timeFloor;

        Trust(byte[] root, byte[] keys, byte[] manifest, byte[] state, Function<Long, byte[]> getList, Long now) {
            Map<String, Object> held = state == null || state.length == 0 ? Map.of() : Json.parse(bounded(state, 16));
            ToLongFunction<String> seen = name -> integer(held.getOrDefault(name, 0L));
            readKeys(Json.parse(bounded(root, 16)), bounded(keys, 20));
            readManifest(bounded(manifest, 18), keys);
            need(keysVersion >= seen.applyAsLong("keys_version"), "keys_rollback");
            need(now == null || now < keysExp, "keys_expired");
            Key spoke = listKeys.get(text(held.getOrDefault("list_kid", "")));
            boolean isVoid = !"".equals(held.getOrDefault("list_kid", "")) && keysVersion > seen.applyAsLong("keys_version")
                    && (spoke == null || spoke.revoked); // T2a
            need(isVoid || version >= seen.applyAsLong("manifest_version"), "manifest_rollback");
            timeFloor = Math.max(isVoid ? 0 : seen.applyAsLong("time_floor"), Math.max(keysIat, iat));
            pins.forEach((shard, pinned) -> {
                byte[] data = getList.apply(shard);
                if (data == null) return;
                need(fromB64(sha256(bounded(data, 22))).equals(pinned), "list_mismatch");
                lists.put(shard, readList(data));
            });
        }

        void readKeys(Map<String, Object> root, byte[] data) {
            Map<String, Key> roots = new HashMap<>();
            for (Object entry : list(root.get("keys"))) need(roots.put(jwk(entry, true).kid, jwk(entry, true)) == null);
            Map<String, Object> document = Json.parse(data);
            exactly(document, "payload", "signatures");
            Set<Key> signers = new HashSet<>();
            for (Object entry : list(document.get("signatures"))) {
                Map<String, Object> one = object(entry);
                exactly(one, "protected", "signature");
                String jws = text(one.get("protected")) + "." + text(document.get("payload")) + "." + text(one.get("signature"));
                Key signer = Jws.split(jws).signer("ecard-keys+jws", roots);
                if (signer != null) signers.add(signer);
            }
            need(list(document.get("signatures")).size() <= 16, "keys_untrusted");
            need(signers.size() >= integer(root.get("threshold"), 1, roots.size()), "keys_untrusted");
            Map<String, Object> said = Json.parse(b64(document.get("payload")));
            issuer = text(said.get("iss"));
            keysVersion = integer(said.get("version"));
            keysIat = integer(said.get("iat"));
            keysExp = integer(said.get("exp"));
            need(issuer.equals(text(root.get("issuer"))), "keys_untrusted");
            Set<String> signing = new HashSet<>();
            for (Object entry : list(said.get("keys"))) {
                Object purpose = object(entry).get("purpose");
                if (!"code".equals(purpose) && !"list".equals(purpose)) continue;
                Key key = jwk(entry, false);
                need(signing.add(key.kid));
                ("code".equals(purpose) ? codeKeys : listKeys).put(key.kid, key);
            }
            for (Object entry : list(said.get("scenes"))) {
                List<String> attributes = list(object(entry).get("attributes")).stream().map(Verifier::text).toList();
                Scene scene = new Scene(integer(object(entry).get("id")), text(object(entry).get("name")), attributes);
                need(scenes.put(scene.id, scene) == null && scenes.put(scene.name, scene) == null);
            }
        }

        void readManifest(byte[] data, byte[] keys) {
            for (byte one : data) need(one >= 0);
            Jws jws = Jws.split(new String(data, StandardCharsets.US_ASCII));
            Key key = jws.signer("ecard-manifest+jws", listKeys);
            Map<String, Object> said = Json.parse(jws.payload), named = object(said.get("keys")), shards = object(said.get("shards"));
            version = integer(said.get("version"));
            iat = integer(said.get("iat"));
            exp = integer(said.get("exp"));
            size = integer(said.get("size"), 1, 1 << 28);
            need(key != null && !key.revoked && key.nbf <= iat && iat < key.exp, "manifest_untrusted");
            need(named.get("version").equals(keysVersion) && fromB64(sha256(keys)).equals(named.get("sha256")), "keys_mismatch"); // T3
            need(shards.size() <= 64, "manifest_untrusted");
            shards.forEach((name, pin) -> {
                need(name.matches("0|[1-9][0-9]{0,8}") && integer(object(pin).get("changes")) >= 0);
                pins.put(Long.valueOf(name), text(object(pin).get("sha256")));
            });
        }

        /** §2.3: distances in LEB128, each in as few bytes as it takes. */
        Set<Integer> readList(byte[] data) {
            Set<Integer> indices = new HashSet<>();
            long index = -1, distance = 0;
            int shift = 0;
            for (byte one : data) {
                distance |= (one & 0x7FL) << shift;
                need(one < 0 ? (shift += 7) <= 28 : one != 0 || shift == 0, "list_untrusted");
                if (one < 0) continue;
                index += distance + 1;
                need(index < size, "list_untrusted");
                indices.add((int) index);
                distance = shift = 0;
            }
            need(shift == 0, "list_untrusted");
            return indices;
        }

        /** The trust of a folder (§3), or fetched from an issuer's address under a root file of one's own. */
        static Trust load(String place, String root, long now) throws IOException {
            if (place.startsWith("http")) {
                String base = place.replaceAll("/$", "") + "/trust/";
                Function<Long, byte[]> getList = shard -> fetch(base + "status/" + shard + "/list");
                return new Trust(Files.readAllBytes(Path.of(root)), fetch(base + "keys"), fetch(base + "manifest"), null, getList, now);
            }
            boolean isWaiting = Files.exists(Path.of(place, "manifest.jws.next"));
            Function<String, byte[]> read = name -> {
                try {
                    Path next = Path.of(place, name + ".next"), path = isWaiting && Files.exists(next) ? next : Path.of(place, name);
                    return Files.exists(path) ? Files.readAllBytes(path) : null;
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            };
            byte[] rootFile = read.apply("root.json"), keys = read.apply("keys.json"), manifest = read.apply("manifest.jws");
            need(rootFile != null && keys != null && manifest != null, "folder_unreadable");
            return new Trust(rootFile, keys, manifest, read.apply("state.json"), shard -> read.apply("status-" + shard + ".list"), null);
        }
    }

    static byte[] fetch(String url) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
            HttpResponse<byte[]> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray());
            need(answer.statusCode() == 200, "unreachable");
            return answer.body();
        } catch (IOException | InterruptedException error) {
            throw new Refused("unreachable");
        }
    }

    static byte[] bounded(byte[] data, int bits) { need(data.length <= 1 << bits); return data; }

    // Reading a code, steps 1 and 2. CBOR has one form here, so it is read as one.

    static final class Reader {
        final byte[] data;
        int at, major;

        Reader(byte[] data) { this.data = data; }

        byte[] take(long count) {
            need(count <= data.length - at);
            return Arrays.copyOfRange(data, at, at += (int) count);
        }

        Reader expect(String hex) { need(HEX.formatHex(take(hex.length() / 2)).equals(hex)); return this; }

        /** The argument of an item of one of two major types, in as few bytes as it takes. */
        long head(int one, int other) {
            int first = take(1)[0] & 0xFF, small = first & 31;
            major = first >> 5;
            need((major == one || major == other) && small < 28);
            if (small < 24) return small;
            int width = 1 << (small - 24);
            BigInteger argument = new BigInteger(1, take(width));
            need(argument.bitLength() <= 53 && argument.longValue() >= (width == 1 ? 24 : 1L << 4 * width));
            return argument.longValue();
        }

        long uint() { return head(0, 0); }
        byte[] bytes() { return take(head(2, 2)); }
        Object value() { long argument = head(0, 2); return major == 0 ? (Object) argument : take(argument); }
        byte[] rest() { return take(data.length - at); }
        void end() { need(at == data.length); }
    }

    record Shown(long iat, Long challenge, byte[] signed, byte[] signature) {}

    /** A code as it is written, nothing in it believed yet. `scene` is a number or a name, `values` a list or a map. */
    static final class Code {
        String kid, iss, uri;
        boolean isEs256;
        byte[] signed, signature, tokenId, holderX;
        boolean holderIsOdd;
        long iat, exp, index;
        Object scene, values;
        Shown shown;
    }

    /** A COSE_Sign1, its protected header split where `kind`, the writing of its second key, ends; `header` receives the rest. */
    static byte[] sign1(Code code, byte[] token, String kind, byte[][] header) {
        Reader reader = new Reader(token).expect("d284");
        int start = reader.at;
        Reader inner = new Reader(reader.bytes()).expect("a201");
        byte[] signed = join(HEX.parseHex("846a5369676e617475726531"), Arrays.copyOfRange(token, start, reader.at), new byte[] {0x40});
        start = reader.expect("a0").at;
        byte[] payload = reader.bytes();
        code.signed = join(signed, Arrays.copyOfRange(token, start, reader.at));
        code.signature = reader.expect("5840").take(64);
        reader.end();
        long number = inner.head(0, 1);
        code.isEs256 = inner.major == 1 && number == 6;
        need(number < 1L << 32);
        header[0] = inner.expect(kind).rest();
        return payload;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) joined.writeBytes(part);
        return joined.toByteArray();
    }

    static Code cwt(byte[] token) {
        Code code = new Code();
        byte[][] kid = new byte[1][];
        byte[] payload = sign1(code, token, "0444", kid);
        Reader reader = new Reader(payload).expect("a404");
        code.exp = reader.uint();
        code.iat = reader.expect("06").uint();
        if (reader.take(1)[0] == 7) {
            code.tokenId = reader.expect("48").take(8);
        } else {
            need(payload[reader.at - 1] == 8);
            code.holderX = reader.expect("a101a401022001215820").take(32);
            byte sign = reader.expect("22").take(1)[0];
            need(sign == (byte) 0xF4 || sign == (byte) 0xF5);
            code.holderIsOdd = sign == (byte) 0xF5;
            code.tokenId = Arrays.copyOf(sha256(payload), 8);
        }
        long count = reader.expect("3a00010000").head(4, 4);
        need(count >= 2 && count <= 23 && kid[0].length == 4);
        code.kid = HEX.formatHex(kid[0]);
        code.scene = reader.uint();
        code.index = reader.uint();
        List<Object> values = new ArrayList<>();
        for (long n = 2; n < count; n++) values.add(reader.value());
        reader.end();
        code.values = values;
        return code;
    }

    static Code presentation(byte[] token) {
        Code outer = new Code();
        byte[][] credential = new byte[1][];
        byte[] payload = sign1(outer, token, "0d", credential);
        Code code = cwt(credential[0]);
        boolean isAnswer = payload.length > 0 && payload[0] == (byte) 0xA2;
        Reader reader = new Reader(payload).expect(isAnswer ? "a206" : "a106");
        long iat = reader.uint();
        BigInteger challenge = isAnswer ? new BigInteger(1, reader.expect("0a48").take(8)) : null;
        reader.end();
        need(code.holderX != null && (challenge == null || challenge.bitLength() <= 53));
        code.isEs256 &= outer.isEs256;
        code.shown = new Shown(iat, challenge == null ? null : challenge.longValue(), outer.signed, outer.signature);
        return code;
    }

    static Code jwt(String written) {
        Jws jws = Jws.split(written);
        exactly(jws.header, "alg", "kid", "typ");
        Map<String, Object> claims = Json.parse(jws.payload), status = object(claims.remove("status"));
        exactly(status, "status_list");
        Map<String, Object> entry = object(status.get("status_list"));
        exactly(entry, "idx", "uri");
        Code code = new Code();
        code.kid = text(jws.header.get("kid"));
        code.isEs256 = text(jws.header.get("alg")).equals("ES256");
        code.signed = jws.signed;
        code.signature = jws.signature;
        code.tokenId = b64(claims.remove("jti"));
        code.iss = text(claims.remove("iss"));
        code.scene = text(claims.remove("scene"));
        code.iat = integer(claims.remove("iat"));
        code.exp = integer(claims.remove("exp"));
        code.index = integer(entry.get("idx"));
        code.uri = text(entry.get("uri"));
        code.values = claims;
        boolean isOne = "ecard+jwt".equals(jws.header.get("typ")) && code.kid.matches("[0-9a-f]{8}");
        need(isOne && code.tokenId.length == 8 && code.signature.length == 64);
        return code;
    }

    static final Pattern JWT = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

    static Code read(String written) {
        need(written.codePointCount(0, written.length()) <= 4096, "too_long");
        StringBuilder folding = new StringBuilder();
        for (char one : written.replaceAll("[\t-\r \u00a0\u3000\ufeff]", "").toCharArray())
            folding.append(one >= 0xFF10 && one <= 0xFF19 ? (char) (one - 0xFF10 + '0') : one);
        String text = folding.toString();
        if (!text.matches("35[0-9]+")) {
            need(JWT.matcher(text).matches(), "not_a_code");
            return jwt(text);
        }
        need(text.length() <= 1200, "too_long");
        need(text.charAt(2) == '1' || text.charAt(2) == '2', "unsupported_format");
        need(text.length() > 3 && text.charAt(3) != '0');
        byte[] token = new BigInteger(text.substring(3)).toByteArray();
        if (token[0] == 0) token = Arrays.copyOfRange(token, 1, token.length);
        return text.charAt(2) == '1' ? cwt(token) : presentation(token);
    }

    // Judging, §4.

    record Policy(long maxListAge, long maxCredentialAge, long leeway, List<?> scenes, boolean challenge) {
        static Policy read(Map<String, Object> written) {
            Map<String, Object> all = new HashMap<>(Map.of("max_credential_age", 86_400L, "leeway", 30L, "challenge", false));
            Object preset = written.getOrDefault("preset", "counter");
            need(Set.of("gate", "hospital", "counter").contains(preset), "no such preset");
            all.put("max_list_age", preset.equals("gate") ? 86_400L : 3_600L);
            all.put("scenes", preset.equals("gate") ? List.of("transit", "identity") : List.of("identity", "medical"));
            if (preset.equals("counter")) all.put("scenes", null);
            all.putAll(Map.of("preset", preset, "online", "never", "on_unknown", "refuse"));
            need(all.keySet().containsAll(written.keySet()), "an unknown member");
            all.putAll(written);
            List<?> scenes = all.get("scenes") == null ? null : list(all.get("scenes")).stream().map(Verifier::text).toList();
            need(Set.of("never", "on_unknown", "first").contains(all.get("online")) && all.get("challenge") instanceof Boolean);
            need(Set.of("refuse", "attend").contains(all.get("on_unknown")));
            long credentialAge = integer(all.get("max_credential_age"), 60, WEEK), leeway = integer(all.get("leeway"), 0, 300);
            return new Policy(integer(all.get("max_list_age"), 1, WEEK), credentialAge, leeway, scenes, (Boolean) all.get("challenge"));
        }
    }

    static boolean isAttribute(String name, Object value) {
        int length = value instanceof byte[] bytes ? bytes.length : -1;
        return switch (name) {
            case "concession" -> value instanceof Long number && number >= 0 && number <= 255;
            case "pseudonym" -> length == 8;
            case "sealed" -> length >= 68 && length <= 308 && (length - 52) % 16 == 0;
            default -> false;
        };
    }

    static Map<String, Object> claims(Code code, Trust trust) {
        Scene scene = trust.scenes.get(code.scene);
        if (scene == null) return null;
        Map<String, Object> claims = new LinkedHashMap<>(Map.of());
        claims.put("scene", scene.name);
        claims.put("issued_at", code.iat);
        claims.put("expires_at", code.exp);
        claims.put("token_id", HEX.formatHex(code.tokenId));
        if ((code.values instanceof Map<?, ?> map ? map.size() : list(code.values).size()) != scene.attributes.size()) return null;
        for (int n = 0; n < scene.attributes.size(); n++) {
            String name = scene.attributes.get(n);
            Object value = code.values instanceof Map<?, ?> map ? map.get(name) : list(code.values).get(n);
            try {
                if (value instanceof String written) value = b64(written);
            } catch (Refused refused) {
                return null;
            }
            if (!isAttribute(name, value)) return null;
            claims.put(name, value instanceof byte[] bytes ? HEX.formatHex(bytes) : value);
        }
        return claims;
    }

    /** outcome, code and claims; `seen` maps token number and code time to the last sight, and null lets a code pass again. */
    static String verify(String text, Trust trust, Policy policy, long now, Long challenge, Map<String, Long> seen) {
        Map<String, Object> claims = new LinkedHashMap<>();
        String code = "ok";
        try {
            need(trust != null, "no_trust");
            judge(read(text), trust, policy, now, challenge, seen, claims);
        } catch (Refused refused) {
            code = refused.getMessage();
        }
        String outcome = code.equals("ok") ? "valid" : code.equals("revoked") ? code
                : EXPIRED.contains(code) ? "expired" : UNKNOWN.contains(code) ? "unknown" : "invalid";
        StringJoiner members = new StringJoiner(",", "{", "}");
        claims.forEach((name, value) -> members.add(quote(name) + ":" + (value instanceof Long ? value : quote(value.toString()))));
        return "{\"outcome\":\"" + outcome + "\",\"code\":\"" + code + "\",\"claims\":" + (claims.isEmpty() ? null : members) + "}";
    }

    static String quote(String value) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char one : value.toCharArray())
            quoted.append(one < 0x20 || one > 0x7E || one == '"' || one == '\\' ? String.format("\\u%04x", (int) one) : one);
        return quoted.append('"').toString();
    }

    static void judge(Code code, Trust trust, Policy policy, long now, Long challenge, Map<String, Long> seen, Map<String, Object> claims) {
        Shown shown = code.shown;
        long leeway = policy.leeway, shard = code.exp / WEEK, issued = code.iat;
        Key key = trust.codeKeys.get(code.kid);
        need(key != null, "unknown_key"); // 3
        need(code.isEs256, "wrong_algorithm"); // 4
        need(verifies(key.point, code.signature, code.signed), "bad_signature"); // 5
        Map<String, Object> said = claims(code, trust);
        if (said != null) claims.putAll(said);
        need(!key.revoked, "key_revoked"); // 6
        need(key.nbf <= code.iat && code.iat < key.exp, "key_not_valid");
        need(said != null && (code.iss == null || code.iss.equals(trust.issuer)), "claims_invalid"); // 7
        need(code.uri == null || code.uri.equals(trust.issuer + "/trust/status/" + shard), "claims_invalid");
        PublicKey holder = code.holderX == null ? null : point(code.holderX, null, code.holderIsOdd);
        need(holder != null || code.holderX == null, "claims_invalid");
        need(code.iat < code.exp && code.exp - code.iat <= WEEK, "lifetime_invalid"); // 8
        need(shown != null || holder == null, "holder_signature_missing"); // 9
        if (shown != null) {
            need(verifies(holder, shown.signature, shown.signed), "bad_holder_signature");
            issued = shown.iat;
            claims.put("issued_at", issued);
            claims.put("expires_at", Math.min(issued + CODE_LIFETIME, code.exp));
        }
        need(now >= trust.timeFloor - leeway, "clock_behind"); // 10
        need(code.iat <= now + leeway, shown != null ? "credential_not_yet_valid" : "not_yet_valid"); // 11
        need(issued <= now + leeway, "not_yet_valid");
        need(shown == null || issued + CODE_LIFETIME > now - leeway, "expired"); // 12
        need(code.exp > now - leeway, shown != null ? "credential_expired" : "expired");
        Long answer = shown == null ? null : shown.challenge;
        need(answer != null || challenge == null && !policy.challenge, "challenge_missing"); // 13
        need(answer == null || challenge != null, "challenge_unexpected");
        need(Objects.equals(answer, challenge), "challenge_wrong");
        need(policy.scenes == null || policy.scenes.contains(claims.get("scene")), "scene_not_accepted"); // 14
        need(shown == null || now - code.iat <= policy.maxCredentialAge, "credential_stale"); // 15
        need(trust.keysExp > now, "keys_expired"); // 16
        need(trust.exp > now, "list_expired");
        need(now - trust.iat <= policy.maxListAge, "list_stale"); // 17
        need(trust.lists.containsKey(shard), "list_missing"); // 18
        need(code.index < trust.size, "claims_invalid");
        need(!trust.lists.get(shard).contains((int) code.index), "revoked"); // 19
        if (seen == null) return; // 20
        Long last = seen.put(claims.get("token_id") + " " + issued, now);
        need(last == null, last != null && now - last <= DOUBLE_READ ? "double_read" : "replayed");
    }

    static Trust tryTrust(String place, String root, long now) {
        try {
            return place == null ? null : Trust.load(place, root, now);
        } catch (IOException | RuntimeException error) {
            System.err.println("no trust: " + error);
            return null;
        }
    }

    static void batch() throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Map<String, Trust> trusts = new HashMap<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<String, Object> asked = Json.parse(line.getBytes(StandardCharsets.UTF_8));
            String place = (String) asked.get("trust");
            long now = integer(asked.get("now"));
            if (!trusts.containsKey(place)) trusts.put(place, tryTrust(place, null, now));
            Map<String, Long> seen = asked.containsKey("seen") ? new HashMap<>() : null;
            for (Object one : list(asked.getOrDefault("seen", List.of())))
                seen.put(object(one).get("token_id") + " " + object(one).get("iat"), integer(object(one).get("at")));
            Policy policy = Policy.read(object(asked.getOrDefault("policy", Map.of())));
            System.out.println(verify(text(asked.get("text")), trusts.get(place), policy, now, (Long) asked.get("challenge"), seen));
        }
    }

    public static void main(String[] words) throws IOException {
        if (words.length == 1 && words[0].equals("--batch")) {
            batch();
            return;
        }
        Map<String, String> options = new HashMap<>();
        for (int n = 0; n < words.length; n++)
            if (words[n].startsWith("--")) options.put(words[n], words[++n]);
            else options.put("text", words[n]);
        long now = options.containsKey("--now") ? Long.parseLong(options.get("--now")) : System.currentTimeMillis() / 1000;
        String file = options.get("--policy");
        Policy policy = Policy.read(file == null ? Map.of() : Json.parse(Files.readAllBytes(Path.of(file))));
        Trust trust = tryTrust(options.get("--trust"), options.get("--root"), now);
        String verdict = verify(options.get("text"), trust, policy, now, null, null);
        System.out.println(verdict);
        System.exit(verdict.startsWith("{\"outcome\":\"valid\"") ? 0 : 1);
    }
}
