/** A code as it is written, before anything in it is believed. */

import type { Bytes } from './bytes'
import type { Cbor } from './cbor'
import type { JsonObject } from './json'

/** What the issuer signed: a server code, or the credential inside a device code. Times are seconds since 1970. */
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
  /** The phone's key, of a credential only. */
  readonly holder?: HolderKey
  /** What the phone signed, of a device code only. */
  readonly presentation?: Presentation
}

/** A compressed point, which need not lie on the curve. */
export interface HolderKey {
  readonly x: Bytes
  readonly isOdd: boolean
}

export interface Presentation {
  readonly algorithm: string
  readonly signature: Bytes
  readonly signed: Bytes
  /** By the phone's clock. */
  readonly issuedAt: number
  /** The challenge that it answers. */
  readonly challenge: number | null
}
