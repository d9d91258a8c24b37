/** Claims that only one sector can read, and the sector's key on its way to a verifier (token-format §1.5). */

import { concat, fromHex, hex, utf8, type Bytes } from './bytes'
import { CborError, decodeFirst } from './cbor'
import { ENCAPSULATED_BYTES, openBase, publicBytesOf, TAG_BYTES } from './hpke'
import { sealingKeyId } from './jwk'

/** What a sector may read of the holder. */
export interface SealedClaims {
  readonly name: string
  readonly documentNumber: string
  /** 0 none, 1 employees', 2 residents', 3 other. */
  readonly insurance: number
}

/**
 * `sealed_malformed`: not the writing of sealed claims; `sealed_key_missing`: sealed to a key that is not held here;
 * `sealed_unreadable`: not sealed with this key for this purpose, or changed since.
 */
export type SealCode = 'sealed_malformed' | 'sealed_key_missing' | 'sealed_unreadable'

export class SealError extends Error {
  override readonly name = 'SealError'

  constructor(readonly code: SealCode) {
    super(code)
  }
}

const KID_BYTES = 4
const BLOCK = 16
const KINDS_OF_INSURANCE = 4
const CLAIMS_INFO = utf8('ecard sealed claims 1\0')
/** The DER of RFC 8410 §7 before the 32 bytes of an X25519 private key. */
const PKCS8_PREFIX = fromHex('302e020100300506032b656e04220420') ?? new Uint8Array()
const PRIVATE_BYTES = 32

/**
 * The claims in the attribute `sealed` (hex, as a verdict shows it) of a code for `scene`; `keys` are the sector's private keys by
 * `kid`. Throws a SealError.
 */
export async function openSealed(
  sealed: string,
  scene: string,
  keys: ReadonlyMap<string, CryptoKey>,
): Promise<SealedClaims> {
  const bytes = fromHex(sealed)
  if (bytes === null) throw new SealError('sealed_malformed')
  return readClaims(await openBytes(bytes, kid => keys.get(kid), concat(CLAIMS_INFO, utf8(scene))))
}

/**
 * A sector's private key, wrapped for this device as `kid ‖ enc ‖ ciphertext`: to be used, not to be read. `privateKey` is the device's
 * own X25519 key, `info` says what was wrapped for whom. Throws a SealError.
 */
export async function openWrapped(wrapped: Bytes, privateKey: CryptoKey, info: Bytes): Promise<CryptoKey> {
  const own = await sealingKeyId(await publicBytesOf(privateKey))
  const raw = await openBytes(wrapped, kid => (kid === own ? privateKey : undefined), info)
  if (raw.length !== PRIVATE_BYTES) throw new SealError('sealed_malformed')
  return crypto.subtle.importKey('pkcs8', concat(PKCS8_PREFIX, raw), 'X25519', false, ['deriveBits'])
}

/** A pair for a device to which sector keys are wrapped; its private key cannot be read. */
export async function createSealingKey(): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair
}

async function openBytes(
  sealed: Bytes,
  find: (kid: string) => CryptoKey | undefined,
  info: Bytes,
): Promise<Bytes> {
  if (sealed.length < KID_BYTES + ENCAPSULATED_BYTES + TAG_BYTES) throw new SealError('sealed_malformed')
  const key = find(hex(sealed.slice(0, KID_BYTES)))
  if (key === undefined) throw new SealError('sealed_key_missing')
  const [start, end] = [KID_BYTES, KID_BYTES + ENCAPSULATED_BYTES]
  const plaintext = await openBase(sealed.slice(start, end), sealed.slice(end), key, info)
  if (plaintext === null) throw new SealError('sealed_unreadable')
  return plaintext
}

/** The array, then zero bytes up to the end of its last block. */
function readClaims(plaintext: Bytes): SealedClaims {
  const { value, length } = decodeClaims(plaintext)
  const [name, documentNumber, insurance, ...rest] = Array.isArray(value) ? value : []
  const isPadded =
    plaintext.length === BLOCK * Math.ceil(length / BLOCK) &&
    plaintext.subarray(length).every(byte => byte === 0)
  if (!isPadded || rest.length > 0) throw new SealError('sealed_malformed')
  if (typeof name !== 'string' || typeof documentNumber !== 'string' || typeof insurance !== 'bigint')
    throw new SealError('sealed_malformed')
  if (insurance < 0n || insurance >= KINDS_OF_INSURANCE) throw new SealError('sealed_malformed')
  return { name, documentNumber, insurance: Number(insurance) }
}

function decodeClaims(plaintext: Bytes): ReturnType<typeof decodeFirst> {
  try {
    return decodeFirst(plaintext)
  } catch (error) {
    if (error instanceof CborError) throw new SealError('sealed_malformed')
    throw error
  }
}
