/** Public keys as JSON Web Keys, each under the name that its thumbprint gives it (RFC 7517, RFC 7638, RFC 8037). */

import { base64url, digest, fromBase64url, hex, utf8, type Bytes } from './bytes'
import { text, type JsonObject } from './json'

export interface NamedKey {
  readonly kid: string
  readonly key: CryptoKey
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const KID_BYTES = 4
const COORDINATE_BYTES = 32
const FIELD = 2n ** 255n - 19n
/** Points of X25519 with which every shared secret is zero (RFC 7748 §6.1). */
const SMALL_ORDER: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723061781553021112529911719440698176882885853963445705823n,
  FIELD - 1n,
  FIELD,
  FIELD + 1n,
])

/** A P-256 key that verifies; null for another kind, a point off the curve, or a `kid` not its thumbprint's. */
export async function importSigningKey(jwk: JsonObject): Promise<NamedKey | null> {
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256') return null
  const [kid, x, y] = [jwk.kid, jwk.x, jwk.y].map(text)
  if (!kid || !x || !y || [x, y].some(part => fromBase64url(part)?.length !== COORDINATE_BYTES)) return null
  if (kid !== (await keyId(x, y))) return null
  const members = { kty: 'EC', crv: 'P-256', x, y }
  return crypto.subtle.importKey('jwk', members, CURVE, true, ['verify']).then(
    key => ({ kid, key }),
    () => null,
  )
}

/** The bytes of an X25519 key to seal to; null for another kind, a point of small order, or a `kid` not its thumbprint's. */
export async function readSealingKey(jwk: JsonObject): Promise<{ kid: string; x: Bytes } | null> {
  if (jwk.kty !== 'OKP' || jwk.crv !== 'X25519') return null
  const x = fromBase64url(text(jwk.x) ?? '!')
  if (x?.length !== COORDINATE_BYTES || SMALL_ORDER.has(littleEndian(x))) return null
  const kid = await sealingKeyId(x)
  return jwk.kid === kid ? { kid, x } : null
}

/** The first four bytes of the thumbprint of a P-256 key. */
export const keyId = (x: string, y: string): Promise<string> => thumbprint({ crv: 'P-256', kty: 'EC', x, y })

/** The first four bytes of the thumbprint of an X25519 key. */
export const sealingKeyId = (x: Bytes): Promise<string> =>
  thumbprint({ crv: 'X25519', kty: 'OKP', x: base64url(x) })

/** `members`: in the order of their names. */
async function thumbprint(members: object): Promise<string> {
  return hex((await digest(utf8(JSON.stringify(members)))).slice(0, KID_BYTES))
}

const littleEndian = (bytes: Bytes): bigint => BigInt(`0x${hex(bytes.slice().reverse())}`)
