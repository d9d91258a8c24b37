/**
 * Single-shot HPKE in base mode, the reader's side (RFC 9180 §6.1): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, out of
 * what WebCrypto has. Its HKDF cannot be stopped between extract and expand, so both are done with HMAC here.
 */

import { concat, utf8, type Bytes } from '@shared/verify/bytes'

/** Whoever reads: the private half cannot be exported, so the public one is kept beside it. */
export interface SealingPair {
  readonly privateKey: CryptoKey
  /** 32 bytes. */
  readonly publicKey: Bytes
}

export const ENC_BYTES = 32
const SECRET_BYTES = 32
const KEY_BYTES = 16
const NONCE_BYTES = 12
const NOTHING = new Uint8Array(0)
const VERSION = utf8('HPKE-v1')
/** An HMAC key is padded with zeros, so this one is the empty one, which WebCrypto does not take. */
const EMPTY_SALT = new Uint8Array(32)
const KEM = concat(utf8('KEM'), Uint8Array.of(0x00, 0x20))
const SUITE = concat(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x01))
const BASE_MODE = Uint8Array.of(0x00)

/** The plaintext; null where it was sealed to another key, for another purpose, or changed since. */
export async function openHpke(
  pair: SealingPair,
  enc: Bytes,
  ciphertext: Bytes,
  info: Bytes,
): Promise<Bytes | null> {
  try {
    const { key, nonce } = await schedule(await decapsulate(pair, enc), info)
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, ciphertext))
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

/** RFC 9180 §4.1, Decap. WebCrypto itself refuses a shared secret of zeros. */
async function decapsulate({ privateKey, publicKey }: SealingPair, enc: Bytes): Promise<Bytes> {
  const theirs = await crypto.subtle.importKey('raw', enc, 'X25519', false, [])
  const bits = await crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, privateKey, 256)
  const secret = await extract(KEM, EMPTY_SALT, 'eae_prk', new Uint8Array(bits))
  return expand(KEM, secret, 'shared_secret', concat(enc, publicKey), SECRET_BYTES)
}

/** RFC 9180 §5.1, KeySchedule for base mode. */
async function schedule(shared: Bytes, info: Bytes): Promise<{ key: CryptoKey; nonce: Bytes }> {
  const pskId = await extract(SUITE, EMPTY_SALT, 'psk_id_hash', NOTHING)
  const context = concat(BASE_MODE, pskId, await extract(SUITE, EMPTY_SALT, 'info_hash', info))
  const secret = await extract(SUITE, shared, 'secret', NOTHING)
  const key = await expand(SUITE, secret, 'key', context, KEY_BYTES)
  return {
    key: await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']),
    nonce: await expand(SUITE, secret, 'base_nonce', context, NONCE_BYTES),
  }
}

/** LabeledExtract. */
const extract = (suite: Bytes, salt: Bytes, label: string, input: Bytes): Promise<Bytes> =>
  hmac(salt, concat(VERSION, suite, utf8(label), input))

/** LabeledExpand, for no more than the 32 bytes of one block. */
async function expand(
  suite: Bytes,
  secret: Bytes,
  label: string,
  info: Bytes,
  length: number,
): Promise<Bytes> {
  const named = concat(Uint8Array.of(0, length), VERSION, suite, utf8(label), info, Uint8Array.of(1))
  return (await hmac(secret, named)).slice(0, length)
}

async function hmac(secret: Bytes, message: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, message))
}
