/** Makes a device code (docs/token-format.md §1.4): the credential inside a fresh signature of the phone over the time. */

import { concat, type Bytes } from '../verify/bytes'
import { bigEndian, encodeBytes, encodeUnsigned } from '../verify/cbor-writer'
import { signatureInput, writeSign1 } from '../verify/cose'
import { fromBytes } from '../verify/digits'
import { describeCredential } from './credential'
import { signBytes } from './signature'

export interface PresentOptions {
  /** As the issuer sent it. */
  readonly credential: Bytes
  /** The key that the credential names. */
  readonly privateKey: CryptoKey
  /** Seconds since 1970 by the issuer's clock: the phone's, corrected. */
  readonly now: number
  /** What the verifier shows, 0 … 2^53 − 1, if it shows a challenge. */
  readonly challenge?: number | undefined
}

/** Seconds after which the app draws a new one. */
export const REDRAW_INTERVAL = 15

const DIGITS_PREFIX = '352'
/** `{1: -7, 13: …}` */
const HEADER_START = Uint8Array.of(0xa2, 0x01, 0x26, 0x0d)

/** The digits for the QR picture. Throws a CredentialError where the credential is none, a RangeError for a challenge beyond its range. */
export async function presentCode(options: PresentOptions): Promise<string> {
  const { credential, privateKey, now, challenge } = options
  await describeCredential(credential)
  const header = concat(HEADER_START, credential)
  const payload = writePayload(now, challenge)
  const signature = await signBytes(privateKey, signatureInput(header, payload))
  return DIGITS_PREFIX + fromBytes(writeSign1(header, payload, signature))
}

/** `{6: iat}` or `{6: iat, 10: nonce}` */
function writePayload(now: number, challenge: number | undefined): Bytes {
  const issuedAt = concat(Uint8Array.of(0x06), encodeUnsigned(Math.floor(now)))
  if (challenge === undefined) return concat(Uint8Array.of(0xa1), issuedAt)
  if (!Number.isSafeInteger(challenge) || challenge < 0) throw new RangeError('challenge')
  return concat(Uint8Array.of(0xa2), issuedAt, Uint8Array.of(0x0a), encodeBytes(bigEndian(challenge)))
}
