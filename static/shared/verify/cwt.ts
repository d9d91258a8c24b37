/** The CWTs of docs/token-format.md §1.2 and §1.4, before anything in them is believed: server code, credential, presentation. */

import { digest, hex, type Bytes } from './bytes'
import { decodeOrNull, isBytes, isMap, type Cbor } from './cbor'
import { HEADER, readAlgorithm, readSign1, type Sign1 } from './cose'
import type { HolderKey, Presentation, UnverifiedCode } from './unverified'

const CLAIM = { exp: 4n, iat: 6n, cti: 7n, cnf: 8n, nonce: 10n, card: -65537n } as const
const CLAIM_COUNT = 4
const KID_BYTES = 4
const TOKEN_ID_BYTES = 8
const NONCE_BYTES = 8
/** With scene and index an array of 23, the longest whose length CBOR writes in one byte. */
const MAX_ATTRIBUTES = 21
/** RFC 8747 §3.1, RFC 9053 §7.1.1. */
const CONFIRMATION_KEY = 1n
const COSE_KEY = { kty: 1n, crv: -1n, x: -2n, sign: -3n } as const
const EC2 = 2n
const P256 = 1n
const COORDINATE_BYTES = 32

/** A server code, or a credential on its own. Null where it is malformed. */
export function parseIssued(bytes: Bytes): Promise<UnverifiedCode | null> {
  return readIssued(readSign1(decodeOrNull(bytes)))
}

/** A device code. Null where it or its credential is malformed. */
export async function parsePresented(bytes: Bytes): Promise<UnverifiedCode | null> {
  const message = readSign1(decodeOrNull(bytes))
  const presentation = message && readPresentation(message)
  if (message === null || presentation === null) return null
  const credential = await readIssued(readSign1(message.header.get(HEADER.kcwt)))
  return credential?.holder === undefined ? null : { ...credential, presentation }
}

function readPresentation(message: Sign1): Presentation | null {
  const { header, payload, signature, signed } = message
  const algorithm = readAlgorithm(message)
  const issuedAt = unsigned(payload.get(CLAIM.iat))
  if (algorithm === null || header.size !== 2 || !header.has(HEADER.kcwt) || issuedAt === null) return null
  if (payload.size === 1) return { algorithm, signature, signed, issuedAt, challenge: null }
  const challenge = readNonce(payload.get(CLAIM.nonce))
  if (payload.size !== 2 || challenge === null) return null
  return { algorithm, signature, signed, issuedAt, challenge }
}

function readNonce(nonce: Cbor | undefined): number | null {
  return isBytes(nonce) && nonce.length === NONCE_BYTES ? unsigned(BigInt(`0x${hex(nonce)}`)) : null
}

async function readIssued(message: Sign1 | null): Promise<UnverifiedCode | null> {
  const signer = message && readSigner(message)
  const card = message && readCard(message.payload.get(CLAIM.card))
  if (message === null || signer === null || card === null) return null
  const { payload, signature, signed } = message
  const issuedAt = unsigned(payload.get(CLAIM.iat))
  const expiresAt = unsigned(payload.get(CLAIM.exp))
  const own = await readOwn(message)
  if (issuedAt === null || expiresAt === null || own === null || payload.size !== CLAIM_COUNT) return null
  return { ...signer, ...card, ...own, signature, signed, issuedAt, expiresAt }
}

function readSigner(message: Sign1): Pick<UnverifiedCode, 'kid' | 'algorithm'> | null {
  const algorithm = readAlgorithm(message)
  const kid = message.header.get(HEADER.kid)
  const isKid = isBytes(kid) && kid.length === KID_BYTES
  return algorithm !== null && isKid && message.header.size === 2 ? { algorithm, kid: hex(kid) } : null
}

function readCard(card: Cbor | undefined): Pick<UnverifiedCode, 'scene' | 'index' | 'attributes'> | null {
  if (!Array.isArray(card)) return null
  const [first, second, ...attributes] = card
  const scene = unsigned(first)
  const index = unsigned(second)
  if (scene === null || index === null || attributes.length > MAX_ATTRIBUTES) return null
  return attributes.every(isAttribute) ? { scene, index, attributes } : null
}

/** A server code has a number of its own; a credential has the phone's key, and is numbered by what it says. */
async function readOwn({
  payload,
  payloadBytes,
}: Sign1): Promise<Pick<UnverifiedCode, 'tokenId' | 'holder'> | null> {
  const cti = payload.get(CLAIM.cti)
  if (isBytes(cti)) return cti.length === TOKEN_ID_BYTES ? { tokenId: hex(cti) } : null
  const holder = readHolder(payload.get(CLAIM.cnf))
  return holder && { tokenId: hex((await digest(payloadBytes)).slice(0, TOKEN_ID_BYTES)), holder }
}

function readHolder(confirmation: Cbor | undefined): HolderKey | null {
  const key = isMap(confirmation) && confirmation.size === 1 ? confirmation.get(CONFIRMATION_KEY) : undefined
  if (!isMap(key) || key.size !== Object.keys(COSE_KEY).length) return null
  const [x, isOdd] = [key.get(COSE_KEY.x), key.get(COSE_KEY.sign)]
  if (key.get(COSE_KEY.kty) !== EC2 || key.get(COSE_KEY.crv) !== P256) return null
  return isBytes(x) && x.length === COORDINATE_BYTES && typeof isOdd === 'boolean' ? { x, isOdd } : null
}

/** What an attribute can be before its scene is known. */
const isAttribute = (value: Cbor): boolean => isBytes(value) || unsigned(value) !== null

/** A number that every reader holds exactly. */
function unsigned(value: Cbor | undefined): number | null {
  const isUnsigned = typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER)
  return isUnsigned ? Number(value) : null
}
