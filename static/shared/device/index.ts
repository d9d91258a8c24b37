/**
 * What a holder's phone needs to make codes without a network (docs/token-format.md §1.4):
 *
 *     const keys = await createHolderKey()                            // once; keep the pair in IndexedDB, it can be stored whole
 *     const key = await publicJwk(keys.publicKey)                     // goes to the issuer, with a proof by `signJws`
 *     const { scene, expiresAt } = await describeCredential(bytes)    // what came back, as raw bytes
 *     const digits = await presentCode({ credential: bytes, privateKey: keys.privateKey, now })   // every 15 s
 *
 * `now` is seconds since 1970, already corrected by the offset that the phone learnt from the issuer.
 */

export { CredentialError, describeCredential, type CredentialDescription } from './credential'
export { createHolderKey, publicJwk, type PublicJwk } from './holder-key'
export { signJws, type JwsHeader } from './jws'
export { CODE_LIFETIME } from '../verify/code-checks'
export { presentCode, REDRAW_INTERVAL, type PresentOptions } from './present'
export { MAX_CHALLENGE, parseChallenge, writeChallenge } from './challenge'
