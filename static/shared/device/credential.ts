/** What a credential says, for the phone that keeps it: nothing here is verified, the issuer's answer came over TLS. */

import type { Bytes } from '../verify/bytes'
import { parseIssued } from '../verify/cwt'

/** Times are seconds since 1970. */
export interface CredentialDescription {
  /** The scene's number in the key set. */
  readonly scene: number
  readonly issuedAt: number
  readonly expiresAt: number
  /** The issuer's key, 8 hex digits. */
  readonly kid: string
}

/** The bytes are not a credential: ask the issuer for a new one. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError'
}

/** Throws a CredentialError for bytes that are not a credential over a phone's key. */
export async function describeCredential(bytes: Bytes): Promise<CredentialDescription> {
  const credential = await parseIssued(bytes)
  if (credential?.holder === undefined || typeof credential.scene !== 'number')
    throw new CredentialError('not a credential')
  const { scene, issuedAt, expiresAt, kid } = credential
  return { scene, issuedAt, expiresAt, kid }
}
