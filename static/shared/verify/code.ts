/** A code as it is written, before anything in it is believed: steps 1 and 2 of docs/token-format.md §4. */

import { fromBase64url, hex, type Bytes } from './bytes'
import { isBytes, type Cbor } from './cbor'
import { parseSign1 } from './cose'
import { fold, fromBytes, MAX_CHARACTERS, MAX_DIGITS, toBytes } from './digits'
import { hasExactly, isObject, text as textOf, unsigned, type Json, type JsonObject } from './json'
import { parseCompact, type Signed } from './jws'
import { Refusal, required } from './verdict'

export interface UnverifiedCode {
  readonly kid: string
  readonly algorithm: string
  readonly signature: Bytes
  readonly signed: Bytes
  readonly issuedAt: number
  readonly expiresAt: number
  /** Hex. */
  readonly tokenId: string
  readonly index: number
  /** Its number in the CWT writing, its name in the JWT writing. */
  readonly scene: number | string
  /** By position in the CWT writing, by name in the JWT writing; not yet compared with the scene. */
  readonly attributes: readonly Cbor[] | JsonObject
  /** Written in a JWT only: a CWT leaves out what the key set and `exp` already say. */
  readonly issuer?: string
  readonly statusUri?: string
}

interface Written {
  readonly form: 'cwt' | 'jwt'
  readonly body: string
}

const CWT_FORMAT = '1'
const CODE_DIGITS = /^35([0-9])([0-9]*)$/
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/
const JWT_TYPE = 'ecard+jwt'
const KID = /^[0-9a-f]{8}$/
const CLAIM = { exp: 4n, iat: 6n, cti: 7n, card: -65537n } as const
const COSE_ALGORITHMS: ReadonlyMap<bigint, string> = new Map([[-7n, 'ES256']])
const TOKEN_ID_BYTES = 8
/** With scene and index an array of 23, the longest whose length CBOR writes in one byte. */
const MAX_ATTRIBUTES = 21
const JWT_CLAIMS = ['iss', 'iat', 'exp', 'jti', 'scene', 'status']

export function parseUnverified(text: string): UnverifiedCode {
  const { form, body } = readWriting(text)
  return required(form === 'cwt' ? parseCwt(body) : parseJwt(body), 'malformed')
}

/** Step 1. */
function readWriting(text: string): Written {
  const folded = fold(checkLength(text))
  const [, format, body] = CODE_DIGITS.exec(folded) ?? []
  if (format !== undefined && body !== undefined) {
    if (folded.length > MAX_DIGITS) throw new Refusal('too_long')
    if (format !== CWT_FORMAT) throw new Refusal('unsupported_format')
    return { form: 'cwt', body }
  }
  if (COMPACT_JWS.test(folded)) return { form: 'jwt', body: folded }
  throw new Refusal('not_a_code')
}

/** Characters are code points; a text of twice as many UTF-16 units is too long without counting. */
function checkLength(text: string): string {
  const isLong = text.length > 2 * MAX_CHARACTERS || Array.from(text).length > MAX_CHARACTERS
  if (isLong) throw new Refusal('too_long')
  return text
}

/** Step 2, CWT writing. */
function parseCwt(decimal: string): UnverifiedCode | null {
  const bytes = toBytes(decimal)
  if (bytes === null || fromBytes(bytes) !== decimal) return null
  const message = parseSign1(bytes)
  if (message === null || message.payload.size !== Object.keys(CLAIM).length) return null
  const { payload, algorithm, kid, signature, signed } = message
  const card = payload.get(CLAIM.card)
  const [scene, index, ...attributes] = Array.isArray(card) ? card : []
  const tokenId = payload.get(CLAIM.cti)
  if (!isBytes(tokenId) || tokenId.length !== TOKEN_ID_BYTES) return null
  if (attributes.length > MAX_ATTRIBUTES || !attributes.every(isAttribute)) return null
  const numbers = allNumbers(payload.get(CLAIM.iat), payload.get(CLAIM.exp), scene, index)
  if (numbers === null) return null
  const [issuedAt, expiresAt, sceneNumber, cardIndex] = numbers
  return {
    kid,
    algorithm: COSE_ALGORITHMS.get(algorithm) ?? `COSE ${algorithm}`,
    signature,
    signed,
    issuedAt,
    expiresAt,
    tokenId: hex(tokenId),
    scene: sceneNumber,
    index: cardIndex,
    attributes,
  }
}

/** Step 2, JWT writing. */
function parseJwt(jws: string): UnverifiedCode | null {
  const message = parseCompact(jws)
  const header = message && parseHeader(message)
  if (message === null || header === null) return null
  const { iss, iat, exp, jti, scene, status, ...attributes } = message.payload
  const issuedAt = unsigned(iat)
  const expiresAt = unsigned(exp)
  const issuer = textOf(iss)
  const sceneName = textOf(scene)
  const tokenId = parseTokenId(jti)
  const listed = parseStatus(status)
  if (!JWT_CLAIMS.every(name => name in message.payload)) return null
  if (issuedAt === null || expiresAt === null || issuer === null || sceneName === null) return null
  if (tokenId === null || listed === null) return null
  const { signature, signed } = message
  return {
    ...header,
    ...listed,
    signature,
    signed,
    issuedAt,
    expiresAt,
    tokenId,
    scene: sceneName,
    issuer,
    attributes,
  }
}

function parseHeader({ header }: Signed): Pick<UnverifiedCode, 'kid' | 'algorithm'> | null {
  const algorithm = textOf(header.alg)
  const kid = textOf(header.kid)
  const isWhole = hasExactly(header, ['alg', 'kid', 'typ']) && header.typ === JWT_TYPE
  return isWhole && algorithm !== null && kid !== null && KID.test(kid) ? { algorithm, kid } : null
}

function parseTokenId(jti: Json | undefined): string | null {
  const bytes = fromBase64url(textOf(jti) ?? '')
  return bytes?.length === TOKEN_ID_BYTES ? hex(bytes) : null
}

function parseStatus(status: Json | undefined): { index: number; statusUri: string } | null {
  if (!isObject(status) || !hasExactly(status, ['status_list'])) return null
  const list = status.status_list
  if (!isObject(list) || !hasExactly(list, ['idx', 'uri'])) return null
  const index = unsigned(list.idx)
  const statusUri = textOf(list.uri)
  return index === null || statusUri === null ? null : { index, statusUri }
}

/** What an attribute can be in a CWT: a number that every reader holds exactly, or bytes. */
const isAttribute = (value: Cbor): boolean =>
  isBytes(value) || (typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER))

type Four = [number, number, number, number]

function allNumbers(...values: readonly (Cbor | undefined)[]): Four | null {
  const numbers = values.map(value => (typeof value === 'bigint' && value >= 0n ? Number(value) : Number.NaN))
  return numbers.every(number => Number.isSafeInteger(number)) ? (numbers as Four) : null
}
