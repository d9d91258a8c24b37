/**
 * Opens what was sealed by single-shot HPKE in base mode (RFC 9180 §6.1): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. By hand
 * over WebCrypto, because the private key is one that no script can read.
 */

import { concat, utf8, type Bytes } from './bytes'

/** Bytes of the encapsulated key, a public key of X25519. */
export const ENCAPSULATED_BYTES = 32
/** Bytes of the authentication tag behind the ciphertext. */
export const TAG_BYTES = 16

const VERSION = utf8('HPKE-v1')
const KEM_SUITE = concat(utf8('KEM'), Uint8Array.of(0, 0x20))
const SUITE = concat(utf8('HPKE'), Uint8Array.of(0, 0x20, 0, 0x01, 0, 0x01))
const BASE_MODE = Uint8Array.of(0)
const EMPTY = new Uint8Array()
const HASH_BYTES = 32
const KEY_BYTES = 16
const NONCE_BYTES = 12
const BASE_POINT = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 9 : 0))

/** The plaintext; null where it was not sealed to this key under this `info`, or was changed since. No associated data. */
export async function openBase(
  encapsulated: Bytes,
  ciphertext: Bytes,
  privateKey: CryptoKey,
  info: Bytes,
): Promise<Bytes | null> {
  const secret = await decapsulate(encapsulated, privateKey)
  if (secret === null) return null
  const { key, nonce } = await schedule(secret, info)
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, ciphertext).then(
    plaintext => new Uint8Array(plaintext),
    () => null,
  )
}

/** The public key of a private one, which itself cannot be read: its product with the base point (RFC 7748 §6.1). */
export async function publicBytesOf(privateKey: CryptoKey): Promise<Bytes> {
  const bytes = await multiply(privateKey, BASE_POINT)
  if (bytes === null) throw new TypeError('not a private key of X25519')
  return bytes
}

/** §4.1, `Decap`; null for a point with which every secret is zero (§7.1.4). */
async function decapsulate(encapsulated: Bytes, privateKey: CryptoKey): Promise<Bytes | null> {
  const product = await multiply(privateKey, encapsulated)
  if (product === null) return null
  const context = concat(encapsulated, await publicBytesOf(privateKey))
  const pseudorandom = await extract(KEM_SUITE, EMPTY, 'eae_prk', product)
  return expand(KEM_SUITE, pseudorandom, 'shared_secret', context, HASH_BYTES)
}

/** §5.1, `KeySchedule` without a pre-shared key. */
async function schedule(secret: Bytes, info: Bytes): Promise<{ key: CryptoKey; nonce: Bytes }> {
  const noId = await extract(SUITE, EMPTY, 'psk_id_hash', EMPTY)
  const context = concat(BASE_MODE, noId, await extract(SUITE, EMPTY, 'info_hash', info))
  const pseudorandom = await extract(SUITE, secret, 'secret', EMPTY)
  const key = await expand(SUITE, pseudorandom, 'key', context, KEY_BYTES)
  const nonce = await expand(SUITE, pseudorandom, 'base_nonce', context, NONCE_BYTES)
  return { key: await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']), nonce }
}

async function multiply(privateKey: CryptoKey, point: Bytes): Promise<Bytes | null> {
  try {
    const key = await crypto.subtle.importKey('raw', point, 'X25519', true, [])
    const bits = await crypto.subtle.deriveBits({ name: 'X25519', public: key }, privateKey, 8 * point.length)
    const product = new Uint8Array(bits)
    return product.some(byte => byte !== 0) ? product : null
  } catch (error) {
    // Browsers refuse points of small order themselves; one that lacks the curve shall not call them broken.
    if (error instanceof DOMException && error.name !== 'NotSupportedError') return null
    throw error
  }
}

/** §4, `LabeledExtract`. */
function extract(suite: Bytes, salt: Bytes, label: string, material: Bytes): Promise<Bytes> {
  // HMAC pads its key with zeros, so this is the empty one, which not every browser imports.
  return hmac(
    salt.length === 0 ? new Uint8Array(HASH_BYTES) : salt,
    concat(VERSION, suite, utf8(label), material),
  )
}

/** §4, `LabeledExpand`, for at most one block of the hash. */
async function expand(
  suite: Bytes,
  pseudorandom: Bytes,
  label: string,
  info: Bytes,
  length: number,
): Promise<Bytes> {
  const labelled = concat(Uint8Array.of(0, length), VERSION, suite, utf8(label), info)
  return (await hmac(pseudorandom, concat(labelled, Uint8Array.of(1)))).slice(0, length)
}

async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message))
}
