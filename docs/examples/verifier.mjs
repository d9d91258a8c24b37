// A complete verifier in one file: Node 20, no packages. Steps and codes are those of docs/token-format.md.
//
//   node verifier.mjs --trust DIR [--policy FILE] [--now EPOCH] TEXT
//   node verifier.mjs --trust https://… --root root.json TEXT
//   node verifier.mjs --batch          a JSON object a line: {"text", "trust", "policy", "now", "challenge", "seen"}
//
// Prints one JSON object: outcome, code, claims. Exit: 0 valid, 1 anything else.

import { createHash, createPublicKey, ECDH, verify as verifySignature } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const MAX_INTEGER = Number.MAX_SAFE_INTEGER
const [WEEK, CODE_LIFETIME, DOUBLE_READ] = [604_800, 60, 2]
const OUTCOMES = { ok: 'valid', revoked: 'revoked', expired: 'expired', credential_expired: 'expired', credential_stale: 'expired' }
for (const code of 'no_trust unknown_key clock_behind keys_expired list_expired list_stale list_missing'.split(' '))
  OUTCOMES[code] = 'unknown'
const COMMON = { max_credential_age: 86_400, leeway: 30, challenge: false }
const PRESETS = {
  gate: { max_list_age: 86_400, scenes: ['transit', 'identity'], online: 'never', on_unknown: 'refuse', ...COMMON },
  hospital: { max_list_age: 3_600, scenes: ['identity', 'medical'], online: 'on_unknown', on_unknown: 'attend', ...COMMON },
  counter: { max_list_age: 3_600, scenes: null, online: 'first', on_unknown: 'attend', ...COMMON },
}
const isRange = (least, most) => value => isInteger(value) && value >= least && value <= most
const POLICY = {
  max_list_age: isRange(1, WEEK),
  max_credential_age: isRange(60, WEEK),
  leeway: isRange(0, 300),
  scenes: value => value === null || (Array.isArray(value) && value.every(name => typeof name === 'string')),
  challenge: value => typeof value === 'boolean',
  online: value => ['never', 'on_unknown', 'first'].includes(value),
  on_unknown: value => ['refuse', 'attend'].includes(value),
}
const ATTRIBUTES = {
  concession: isRange(0, 255),
  pseudonym: value => Buffer.isBuffer(value) && value.length === 8,
  sealed: value => Buffer.isBuffer(value) && value.length >= 68 && value.length <= 308 && (value.length - 52) % 16 === 0,
}

/** One step failed; the message is the code. */
class Refused extends Error {}

function need(holds, code = 'malformed') {
  if (!holds) throw new Refused(code)
}

// Strict JSON and base64url: two readers of the same signed bytes must not see different things. Objects become Maps.

const isInteger = value => Number.isSafeInteger(value)
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y
const SPACE = /[ \t\n\r]*/y

function parseJson(data) {
  let text, at = 0
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    throw new Refused('malformed')
  }
  const match = pattern => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at = pattern.lastIndex
    return found
  }
  const next = expected => {
    match(SPACE)
    if (text[at] !== expected) return false
    at += 1
    return true
  }
  const list = (end, item) => {
    if (next(end)) return
    do item()
    while (next(','))
    need(next(end))
  }
  const value = depth => {
    need(depth < 500)
    if (next('{')) {
      const members = new Map()
      list('}', () => {
        match(SPACE)
        const name = JSON.parse(match(STRING)?.[0] ?? need(false))
        need(next(':') && !members.has(name))
        members.set(name, value(depth + 1))
      })
      return members
    }
    if (next('[')) {
      const items = []
      list(']', () => items.push(value(depth + 1)))
      return items
    }
    match(SPACE)
    const string = match(STRING) ?? match(WORD)
    if (string) return JSON.parse(string[0])
    const number = match(NUMBER)
    need(number && number[1] === undefined && number[2] === undefined)
    return Number(number[0])
  }
  const object = value(0)
  match(SPACE)
  need(at === text.length && object instanceof Map)
  return object
}

const text = value => (need(typeof value === 'string'), value)
const list = value => (need(Array.isArray(value)), value)
const object = value => (need(value instanceof Map), value)
const integer = (value, least = 0, most = MAX_INTEGER) => (need(isInteger(value) && value >= least && value <= most), value)

const exactly = (members, ...names) => {
  need(members.size === names.length && names.every(name => members.has(name)))
  return names.map(name => members.get(name))
}

function b64decode(written) {
  const data = Buffer.from(text(written), 'base64url')
  need(data.toString('base64url') === written)
  return data
}

const sha256 = data => createHash('sha256').update(data).digest()
const fingerprint = data => sha256(data).toString('base64url')

// Signatures and keys.

/** A key from an encoded point (SEC 1); null where it is no point of P-256. */
function readPoint(encoded) {
  try {
    const point = ECDH.convertKey(encoded, 'prime256v1', undefined, undefined, 'uncompressed')
    const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  } catch {
    return null
  }
}

function verifies(key, signature, message) {
  return signature.length === 64 && verifySignature('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)
}

/** [kid, key]; a `kid` is the beginning of the RFC 7638 thumbprint. */
function readJwk(jwk) {
  const [crv, kty, x, y] = ['crv', 'kty', 'x', 'y'].map(name => text(jwk.get(name)))
  const [left, right] = [b64decode(x), b64decode(y)]
  need(kty === 'EC' && crv === 'P-256' && left.length === 32 && right.length === 32)
  const [key, kid] = [readPoint(Buffer.concat([Buffer.of(4), left, right])), kidOf({ crv, kty, x, y })]
  need(key && jwk.get('kid') === kid)
  return [kid, key]
}

const kidOf = members => sha256(JSON.stringify(members)).toString('hex').slice(0, 8)

function splitJws(written) {
  const parts = written.split('.')
  need(parts.length === 3)
  const [header, payload, signature] = parts.map(b64decode)
  return { header: parseJson(header), payload, signature, signed: Buffer.from(`${parts[0]}.${parts[1]}`) }
}

/** The kid of the one of `keys` (a Map of keys by kid) that has signed; null where it is none of them. */
function signerOf({ header, signature, signed }, typ, keys) {
  const kid = header.get('kid')
  const isOurs = header.size === 3 && header.get('alg') === 'ES256' && header.get('typ') === typ && keys.has(kid)
  return isOurs && verifies(keys.get(kid), signature, signed) ? kid : null
}

// Trust material, §2 and §3: T1 to T5. Whatever is wrong with it, there is no trust.

async function readTrust({ root, keys, manifest, state, getList, now = null }) {
  const held = state?.length ? parseJson(bounded(state, 16)) : new Map()
  const seen = name => integer(held.get(name) ?? 0)
  const trust = { ...readKeySet(parseJson(bounded(root, 16)), bounded(keys, 20)), lists: new Map() }
  Object.assign(trust, readManifest(bounded(manifest, 18), trust, fingerprint(keys)))
  need(trust.keysVersion >= seen('keys_version'), 'keys_rollback')
  need(now === null || now < trust.keysExp, 'keys_expired')
  const spoke = text(held.get('list_kid') ?? '')
  const isVoid = spoke && trust.keysVersion > seen('keys_version') && (trust.listKeys.get(spoke)?.revoked ?? true) // T2a
  need(isVoid || trust.version >= seen('manifest_version'), 'manifest_rollback')
  trust.timeFloor = Math.max(isVoid ? 0 : seen('time_floor'), trust.keysIat, trust.iat)
  for (const [shard, pinned] of trust.pins) {
    const data = await getList(shard)
    if (data === null) continue
    need(fingerprint(bounded(data, 22)) === pinned, 'list_mismatch')
    trust.lists.set(shard, readList(data, trust.size))
  }
  return trust
}

function readKeySet(root, data) {
  const roots = new Map(list(root.get('keys')).map(jwk => readJwk(object(jwk))))
  need(roots.size === root.get('keys').length, 'root_malformed')
  const threshold = integer(root.get('threshold'), 1, roots.size)
  const [payload, signatures] = exactly(parseJson(data), 'payload', 'signatures')
  need(list(signatures).length <= 16)
  const signers = signatures.map(entry => {
    const [protectedHeader, signature] = exactly(object(entry), 'protected', 'signature').map(text)
    return signerOf(splitJws(`${protectedHeader}.${text(payload)}.${signature}`), 'ecard-keys+jws', roots)
  })
  need(new Set(signers.filter(kid => kid !== null)).size >= threshold, 'keys_untrusted')
  const said = parseJson(b64decode(payload))
  need(text(said.get('iss')) === text(root.get('issuer')), 'keys_untrusted')
  const entries = list(said.get('keys')).map(object)
  const signing = entries.filter(jwk => ['code', 'list'].includes(jwk.get('purpose'))).map(readKey)
  const scenes = list(said.get('scenes')).map(readScene)
  const byName = new Map(scenes.flatMap(scene => [[scene.id, scene], [scene.name, scene]]))
  need(new Set(signing.map(key => key.kid)).size === signing.length && byName.size === 2 * scenes.length, 'keys_untrusted')
  const ofPurpose = purpose => new Map(signing.filter(key => key.purpose === purpose).map(key => [key.kid, key]))
  return {
    issuer: said.get('iss'), scenes: byName, codeKeys: ofPurpose('code'), listKeys: ofPurpose('list'),
    keysVersion: integer(said.get('version')), keysIat: integer(said.get('iat')), keysExp: integer(said.get('exp')),
  }
}

function readManifest(data, { listKeys, keysVersion }, keysSha256) {
  need(data.every(byte => byte < 0x80))
  const jws = splitJws(data.toString('latin1'))
  const kid = signerOf(jws, 'ecard-manifest+jws', new Map([...listKeys].map(([kid, { key }]) => [kid, key])))
  const said = parseJson(jws.payload)
  const [version, iat, exp] = ['version', 'iat', 'exp'].map(name => integer(said.get(name)))
  const key = listKeys.get(kid)
  need(key && !key.revoked && key.nbf <= iat && iat < key.exp, 'manifest_untrusted')
  const named = object(said.get('keys'))
  need(named.get('version') === keysVersion && named.get('sha256') === keysSha256, 'keys_mismatch') // T3
  const shards = object(said.get('shards'))
  need(shards.size <= 64 && [...shards.keys()].every(name => /^(0|[1-9][0-9]{0,8})$/.test(name)))
  const pins = new Map([...shards].map(([name, pin]) => [Number(name), text(object(pin).get('sha256'))]))
  for (const pin of shards.values()) integer(pin.get('changes'))
  return { version, iat, exp, pins, size: integer(said.get('size'), 1, 2 ** 28) }
}

const bounded = (data, bits) => (need(data.length <= 2 ** bits), data)

function readKey(jwk) {
  need(jwk.get('alg') === 'ES256' && jwk.get('use') === 'sig')
  const [kid, key] = readJwk(jwk)
  const revoked = jwk.has('revoked') && integer(jwk.get('revoked')) >= 0
  return { kid, key, purpose: jwk.get('purpose'), nbf: integer(jwk.get('nbf')), exp: integer(jwk.get('exp')), revoked }
}

function readScene(entry) {
  const attributes = list(object(entry).get('attributes')).map(text)
  return { id: integer(entry.get('id')), name: text(entry.get('name')), attributes }
}

/** §2.3: distances in LEB128, each in as few bytes as it takes. */
function readList(data, size) {
  const indices = new Set()
  let [index, distance, shift] = [-1, 0, 0]
  for (const byte of data) {
    distance += (byte & 0x7f) * 2 ** shift
    if (byte & 0x80) {
      shift += 7
      need(shift <= 28, 'list_untrusted')
      continue
    }
    need(byte || !shift, 'list_untrusted')
    index += distance + 1
    indices.add(index)
    distance = shift = 0
  }
  need(!shift && index < size, 'list_untrusted')
  return indices
}

/** The trust of a folder (§3), or fetched from an issuer's address under a root file of one's own. */
async function loadTrust(place, root, now) {
  if (/^https?:/.test(place)) {
    const fetchBytes = async path => {
      const answer = await fetch(place.replace(/\/$/, '') + '/trust/' + path)
      need(answer.ok, 'unreachable')
      return Buffer.from(await answer.arrayBuffer())
    }
    const [keys, manifest] = [await fetchBytes('keys'), await fetchBytes('manifest')]
    return readTrust({ root: readFileSync(root), keys, manifest, now, getList: shard => fetchBytes(`status/${shard}/list`) })
  }
  const isWaiting = existsSync(`${place}/manifest.jws.next`)
  const read = name => {
    const path = [...(isWaiting ? [`${place}/${name}.next`] : []), `${place}/${name}`].find(existsSync)
    return path ? readFileSync(path) : null
  }
  const [root_, keys, manifest] = ['root.json', 'keys.json', 'manifest.jws'].map(read)
  need(root_ && keys && manifest, 'folder_unreadable')
  return readTrust({ root: root_, keys, manifest, state: read('state.json'), getList: shard => read(`status-${shard}.list`) })
}

// Reading a code, steps 1 and 2. CBOR has one form here, so it is read as one.

class Reader {
  at = 0

  constructor(data) {
    this.data = data
  }

  take(count) {
    need(this.at + count <= this.data.length)
    this.at += count
    return this.data.subarray(this.at - count, this.at)
  }

  expect(hex) {
    need(this.take(hex.length / 2).toString('hex') === hex)
  }

  /** [major type, argument], the argument in as few bytes as it takes. */
  head(...majors) {
    const first = this.take(1)[0]
    const [major, short] = [first >> 5, first & 31]
    need(majors.includes(major) && short < 28)
    if (short < 24) return [major, short]
    const width = 2 ** (short - 24)
    const argument = Number(`0x${this.take(width).toString('hex')}`)
    need(argument >= (width === 1 ? 24 : 2 ** (4 * width)) && argument <= MAX_INTEGER)
    return [major, argument]
  }

  uint = () => this.head(0)[1]
  bytes = () => this.take(this.head(2)[1])

  value() {
    const [major, argument] = this.head(0, 2)
    return major === 0 ? argument : this.take(argument)
  }

  end() {
    need(this.at === this.data.length)
  }
}

/** A COSE_Sign1, its protected header split where `kind`, the writing of its second key, ends. */
function readSign1(token, kind) {
  const reader = new Reader(token)
  const item = () => {
    const start = reader.at
    return [reader.bytes(), token.subarray(start, reader.at)]
  }
  reader.expect('d284')
  const [header, headerItem] = item()
  reader.expect('a0')
  const [payload, payloadItem] = item()
  reader.expect('5840')
  const signature = reader.take(64)
  reader.end()
  const inner = new Reader(header)
  inner.expect('a201')
  const [major, number] = inner.head(0, 1)
  inner.expect(kind)
  need(number < 2 ** 32)
  const signed = Buffer.concat([Buffer.from('\x84\x6aSignature1', 'latin1'), headerItem, Buffer.of(0x40), payloadItem])
  return { isEs256: major === 1 && number === 6, rest: header.subarray(inner.at), payload, signed, signature }
}

function readCwt(token) {
  const { isEs256, rest: kid, payload, signed, signature } = readSign1(token, '0444')
  const reader = new Reader(payload)
  const code = { kid: kid.toString('hex'), isEs256, signed, signature, holder: null, shown: null }
  reader.expect('a404')
  code.exp = reader.uint()
  reader.expect('06')
  code.iat = reader.uint()
  if (payload[reader.at] === 7) {
    reader.expect('0748')
    code.tokenId = reader.take(8)
  } else {
    reader.expect('08a101a401022001215820')
    const x = reader.take(32)
    reader.expect('22')
    const sign = reader.take(1)[0]
    need(sign === 0xf4 || sign === 0xf5)
    code.holder = Buffer.concat([Buffer.of(sign - 0xf2), x])
    code.tokenId = sha256(payload).subarray(0, 8)
  }
  reader.expect('3a00010000')
  const [, count] = reader.head(4)
  need(count >= 2 && count <= 23 && kid.length === 4)
  code.scene = reader.uint()
  code.index = reader.uint()
  code.values = Array.from({ length: count - 2 }, () => reader.value())
  reader.end()
  return code
}

function readPresentation(token) {
  const { isEs256, rest, payload, signed, signature } = readSign1(token, '0d')
  const code = readCwt(rest)
  need(code.holder)
  const reader = new Reader(payload)
  const isAnswer = payload[0] === 0xa2
  reader.expect(isAnswer ? 'a206' : 'a106')
  const iat = reader.uint()
  if (isAnswer) reader.expect('0a48')
  const challenge = isAnswer ? Number(`0x${reader.take(8).toString('hex')}`) : null
  reader.end()
  need(challenge === null || challenge <= MAX_INTEGER)
  return { ...code, isEs256: isEs256 && code.isEs256, shown: { iat, challenge, signed, signature } }
}

function readJwt(written) {
  const { header, payload, signature, signed } = splitJws(written)
  const [algorithm, kid, typ] = exactly(header, 'alg', 'kid', 'typ').map(text)
  const claims = parseJson(payload)
  const take = name => {
    const value = claims.get(name)
    claims.delete(name)
    return value
  }
  const [entry] = exactly(object(take('status')), 'status_list')
  const [index, uri] = exactly(object(entry), 'idx', 'uri')
  const tokenId = b64decode(take('jti'))
  need(typ === 'ecard+jwt' && /^[0-9a-f]{8}$/.test(kid) && tokenId.length === 8 && signature.length === 64)
  const [iss, scene] = [text(take('iss')), text(take('scene'))]
  const [iat, exp] = [integer(take('iat')), integer(take('exp'))]
  const about = { iss, scene, iat, exp, tokenId, index: integer(index), uri: text(uri), values: claims }
  return { kid, isEs256: algorithm === 'ES256', signed, signature, holder: null, shown: null, ...about }
}

function readCode(written) {
  need([...written].length <= 4096, 'too_long')
  const folded = written
    .replace(/[\t-\r \u00a0\u3000\ufeff]/g, '')
    .replace(/[\uff10-\uff19]/g, digit => String(digit.charCodeAt(0) - 0xff10))
  if (!/^35[0-9]+$/.test(folded)) {
    need(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(folded), 'not_a_code')
    return readJwt(folded)
  }
  need(folded.length <= 1200, 'too_long')
  const read = { 1: readCwt, 2: readPresentation }[folded[2]]
  need(read, 'unsupported_format')
  need(folded.length > 3 && folded[3] !== '0')
  const hex = BigInt(folded.slice(3)).toString(16)
  return read(Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'))
}

// Judging, §4.

/** A policy with what its preset leaves; throws for a member or a value that is none. `written`: a Map. */
function readPolicy(written) {
  const preset = PRESETS[written.get('preset') ?? 'counter']
  const members = [...written].filter(([name]) => name !== 'preset')
  need(preset && members.every(([name, value]) => Object.hasOwn(POLICY, name) && POLICY[name](value)), 'not a policy')
  return { ...preset, ...Object.fromEntries(members) }
}

function claimsOf(code, trust) {
  const scene = trust.scenes.get(code.scene)
  if (!scene) return null
  let values = code.values
  try {
    if (values instanceof Map) {
      values = exactly(values, ...scene.attributes).map(value => (typeof value === 'string' ? b64decode(value) : value))
    }
  } catch {
    return null
  }
  const isFit = values.length === scene.attributes.length && scene.attributes.every((name, n) => ATTRIBUTES[name]?.(values[n]))
  if (!isFit) return null
  const attributes = scene.attributes.map((name, n) => [name, Buffer.isBuffer(values[n]) ? values[n].toString('hex') : values[n]])
  const about = { scene: scene.name, issued_at: code.iat, expires_at: code.exp, token_id: code.tokenId.toString('hex') }
  return { ...about, ...Object.fromEntries(attributes) }
}

/** outcome, code and claims; `seen`, a Map from token number and code time to the last sight; null lets a code pass again. */
function verify(written, trust, policy, now, { challenge = null, seen = null } = {}) {
  const judged = { claims: null }
  let code = 'ok'
  try {
    need(trust, 'no_trust')
    judge(readCode(written), trust, policy, now, challenge, seen, judged)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    code = error.message
  }
  return { outcome: OUTCOMES[code] ?? 'invalid', code, claims: judged.claims }
}

function judge(code, trust, policy, now, challenge, seen, judged) {
  const { shown } = code
  const [leeway, shard, key] = [policy.leeway, Math.floor(code.exp / WEEK), trust.codeKeys.get(code.kid)]
  need(key, 'unknown_key') // 3
  need(code.isEs256, 'wrong_algorithm') // 4
  need(verifies(key.key, code.signature, code.signed), 'bad_signature') // 5
  judged.claims = claimsOf(code, trust)
  need(!key.revoked, 'key_revoked') // 6
  need(key.nbf <= code.iat && code.iat < key.exp, 'key_not_valid')
  need(judged.claims && (code.iss ?? trust.issuer) === trust.issuer, 'claims_invalid') // 7
  const uri = `${trust.issuer}/trust/status/${shard}`
  const holder = code.holder && readPoint(code.holder)
  need((code.uri ?? uri) === uri && (holder || !code.holder), 'claims_invalid')
  need(code.iat < code.exp && code.exp - code.iat <= WEEK, 'lifetime_invalid') // 8
  need(shown || !holder, 'holder_signature_missing') // 9
  let issued = code.iat
  if (shown) {
    need(verifies(holder, shown.signature, shown.signed), 'bad_holder_signature')
    issued = shown.iat
    Object.assign(judged.claims, { issued_at: issued, expires_at: Math.min(issued + CODE_LIFETIME, code.exp) })
  }
  need(now >= trust.timeFloor - leeway, 'clock_behind') // 10
  need(code.iat <= now + leeway, shown ? 'credential_not_yet_valid' : 'not_yet_valid') // 11
  need(issued <= now + leeway, 'not_yet_valid')
  need(!shown || issued + CODE_LIFETIME > now - leeway, 'expired') // 12
  need(code.exp > now - leeway, shown ? 'credential_expired' : 'expired')
  const answer = shown?.challenge ?? null
  need(answer !== null || (challenge === null && !policy.challenge), 'challenge_missing') // 13
  need(answer === null || challenge !== null, 'challenge_unexpected')
  need(answer === challenge, 'challenge_wrong')
  need(policy.scenes === null || policy.scenes.includes(judged.claims.scene), 'scene_not_accepted') // 14
  need(!shown || now - code.iat <= policy.max_credential_age, 'credential_stale') // 15
  need(trust.keysExp > now, 'keys_expired') // 16
  need(trust.exp > now, 'list_expired')
  need(now - trust.iat <= policy.max_list_age, 'list_stale') // 17
  need(trust.lists.has(shard), 'list_missing') // 18
  need(code.index < trust.size, 'claims_invalid')
  need(!trust.lists.get(shard).has(code.index), 'revoked') // 19
  if (seen === null) return // 20
  const name = `${judged.claims.token_id} ${issued}`
  const last = seen.get(name)
  seen.set(name, now)
  need(last === undefined, now - last <= DOUBLE_READ ? 'double_read' : 'replayed')
}

async function tryTrust(place, root, now) {
  return loadTrust(place, root, now).catch(error => void process.stderr.write(`no trust: ${error.message}\n`) ?? null)
}

async function batch() {
  const trusts = new Map([[null, null]])
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = parseJson(Buffer.from(line))
    const [place, now] = [asked.get('trust') ?? null, asked.get('now')]
    if (!trusts.has(place)) trusts.set(place, await tryTrust(place, null, now))
    const sights = asked.get('seen')?.map(one => [`${one.get('token_id')} ${one.get('iat')}`, one.get('at')])
    const given = { challenge: asked.get('challenge') ?? null, seen: sights ? new Map(sights) : null }
    const verdict = verify(asked.get('text'), trusts.get(place), readPolicy(asked.get('policy') ?? new Map()), now, given)
    process.stdout.write(`${JSON.stringify(verdict)}\n`)
  }
}

async function main(words) {
  if (words[0] === '--batch') return batch()
  const options = { text: null }
  for (let n = 0; n < words.length; n += 1) {
    if (words[n].startsWith('--')) options[words[n].slice(2)] = words[(n += 1)]
    else options.text = words[n]
  }
  const now = Number(options.now ?? Math.floor(Date.now() / 1000))
  const policy = readPolicy(options.policy ? parseJson(readFileSync(options.policy)) : new Map())
  const verdict = verify(options.text, await tryTrust(options.trust, options.root, now), policy, now)
  process.stdout.write(`${JSON.stringify(verdict)}\n`)
  process.exitCode = verdict.outcome === 'valid' ? 0 : 1
}

await main(process.argv.slice(2))
