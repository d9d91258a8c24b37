// @vitest-environment node
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createHolderKey,
  CredentialError,
  describeCredential,
  MAX_CHALLENGE,
  parseChallenge,
  presentCode,
  publicJwk,
  signJws,
  writeChallenge,
} from '@shared/device'
import { fromBase64url, fromUtf8, utf8, type Bytes } from '@shared/verify/bytes'
import { parseUnverified } from '@shared/verify/code'
import { isSignedBy } from '@shared/verify/jws'
import { NOW, TestIssuer } from '../verify/issuer'

let issuer: TestIssuer
let keys: CryptoKeyPair
let credential: Bytes

beforeAll(async () => {
  issuer = await TestIssuer.create()
  keys = await createHolderKey()
  credential = await issuer.credential(keys.publicKey)
})

const present = (rest: { challenge?: number; now?: number } = {}) =>
  presentCode({ credential, privateKey: keys.privateKey, now: NOW, ...rest })

describe('the key of a phone', () => {
  it('signs, and cannot be read', async () => {
    expect(keys.privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('jwk', keys.privateKey)).rejects.toThrow()
    expect(Object.keys(await publicJwk(keys.publicKey))).toEqual(['kty', 'crv', 'x', 'y'])
  })

  it('proves itself by a JWS', async () => {
    const jws = await signJws(keys.privateKey, { typ: 'ecard-enrolment+jws' }, { code: 'A', iat: NOW })
    const [header = '', payload = '', signature = ''] = jws.split('.')
    expect(fromUtf8(fromBase64url(header) ?? new Uint8Array())).toBe(
      '{"alg":"ES256","typ":"ecard-enrolment+jws"}',
    )
    const bytes = fromBase64url(signature) ?? new Uint8Array()
    expect(await isSignedBy(keys.publicKey, bytes, utf8(`${header}.${payload}`))).toBe(true)
  })
})

describe('a credential', () => {
  it('says for which scene and how long it stands', async () => {
    expect(await describeCredential(credential)).toEqual({
      scene: 1,
      issuedAt: NOW - 600,
      expiresAt: NOW - 600 + 86_400,
      kid: issuer.codeKey.kid,
    })
  })

  it('is neither a server code, nor cut, nor nothing', async () => {
    for (const other of [await issuer.cwt(), credential.slice(0, -1), new Uint8Array()]) {
      await expect(describeCredential(other)).rejects.toBeInstanceOf(CredentialError)
      await expect(
        presentCode({ credential: other, privateKey: keys.privateKey, now: NOW }),
      ).rejects.toThrow()
    }
  })
})

describe('a device code', () => {
  it('holds the time and the challenge under the phone’s signature', async () => {
    const { presentation, tokenId } = await parseUnverified(await present({ now: NOW + 0.9, challenge: 7 }))
    expect(presentation).toMatchObject({ algorithm: 'ES256', issuedAt: NOW, challenge: 7 })
    expect(tokenId).toMatch(/^[0-9a-f]{16}$/)
    if (presentation === undefined) throw new Error('no presentation')
    expect(await isSignedBy(keys.publicKey, presentation.signature, presentation.signed)).toBe(true)
  })

  it('answers none where none was asked, and any that a verifier can ask', async () => {
    expect((await parseUnverified(await present())).presentation?.challenge).toBeNull()
    for (const challenge of [0, 123_456, MAX_CHALLENGE])
      expect((await parseUnverified(await present({ challenge }))).presentation?.challenge).toBe(challenge)
    for (const challenge of [-1, 0.5, MAX_CHALLENGE + 1])
      await expect(present({ challenge })).rejects.toBeInstanceOf(RangeError)
  })

  it('is small enough for a picture of version 11', async () => {
    expect((await present({ challenge: MAX_CHALLENGE })).length).toBeLessThanOrEqual(604)
  })
})

it('reads a challenge from a picture, and nothing else', () => {
  for (const challenge of [0, 999_999, MAX_CHALLENGE])
    expect(parseChallenge(writeChallenge(challenge))).toBe(challenge)
  for (const text of ['35C', '35C01', '35C-1', '35C9007199254740992', '351', '', `35C${'9'.repeat(5000)}`])
    expect(parseChallenge(text)).toBeNull()
})
