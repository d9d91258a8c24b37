// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { fromHex, fromUtf8, hex, utf8, type Bytes } from '@shared/verify/bytes'
import { openBase, publicBytesOf } from '@shared/verify/hpke'
import { sealingKeyId } from '@shared/verify/jwk'
import made from './sealed.json'
import { createSealingKey, openSealed, openWrapped, SealError } from '@shared/verify/seal'

const bytes = (text: string): Bytes => fromHex(text.replaceAll(/\s/g, '')) ?? new Uint8Array()

const importPrivate = (raw: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('pkcs8', bytes(`302e020100300506032b656e04220420${raw}`), 'X25519', false, [
    'deriveBits',
  ])

/** RFC 9180 A.1.1, base mode; the AAD of its encryptions is not empty, so the key schedule is checked by sealing anew. */
const RFC = {
  info: bytes('4f6465206f6e2061204772656369616e2055726e'),
  enc: bytes('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431'),
  recipient: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  publicKey: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  key: bytes('4531685d41d65f03dc48f6b8302c05b0'),
  nonce: bytes('56d890e5accaaf011cff4b7d'),
}

async function encrypt(plaintext: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', RFC.key, 'AES-GCM', false, ['encrypt'])
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: RFC.nonce }, key, plaintext))
}

describe('HPKE', () => {
  it('opens what the key and nonce of RFC 9180 A.1.1 have sealed', async () => {
    const key = await importPrivate(RFC.recipient)
    const plaintext = utf8('Beauty is truth, truth beauty')
    expect(hex(await publicBytesOf(key))).toBe(RFC.publicKey)
    const opened = await openBase(RFC.enc, await encrypt(plaintext), key, RFC.info)
    expect(opened && fromUtf8(opened)).toBe('Beauty is truth, truth beauty')
  })

  it('opens nothing under another info, or with a bit changed', async () => {
    const key = await importPrivate(RFC.recipient)
    const sealed = await encrypt(utf8('x'))
    expect(await openBase(RFC.enc, sealed, key, utf8('another'))).toBeNull()
    const [first = 0, ...rest] = sealed
    expect(await openBase(RFC.enc, Uint8Array.of(first ^ 1, ...rest), key, RFC.info)).toBeNull()
  })

  it('refuses points with which every secret is zero', async () => {
    const key = await importPrivate(RFC.recipient)
    for (const point of ['00'.repeat(32), `01${'00'.repeat(31)}`, `ecff${'ff'.repeat(29)}7f`])
      expect(await openBase(bytes(point), new Uint8Array(16), key, RFC.info)).toBeNull()
  })
})

/** Sealed by the Python issuer (`signing.seal`) to the recipient's key of RFC 9180 A.1.1. */
describe('sealed claims', () => {
  const open = async (name: keyof typeof made.sealed, scene = 'medical') => {
    const keys = new Map([[made.kid, await importPrivate(RFC.recipient)]])
    return openSealed(made.sealed[name], scene, keys).catch((error: unknown) => {
      if (error instanceof SealError) return error.code
      throw error
    })
  }

  it('are read by whoever has the sector’s key', async () => {
    expect(await open('claims')).toEqual({ name: '陈静', documentNumber: '440103199001011234', insurance: 1 })
    expect(await open('long')).toMatchObject({ documentNumber: 'P1234567', insurance: 3 })
  })

  it('are for one scene', async () => {
    expect(await open('another scene')).toBe('sealed_unreadable')
    expect(await open('another scene', 'transit')).toMatchObject({ name: '陈静' })
  })

  it.each([
    'block too many',
    'no padding',
    'padding not zero',
    'fourth kind',
    'long form',
    'not text',
    'not utf8',
    'four items',
    'nothing',
  ] as const)('have one writing, not with %s', async name => {
    expect(await open(name)).toBe('sealed_malformed')
  })

  it('stay closed to others', async () => {
    const other = (await createSealingKey()).privateKey
    const attempts = [
      openSealed(made.sealed.claims, 'medical', new Map()),
      openSealed(made.sealed.claims, 'medical', new Map([[made.kid, other]])),
      openSealed('00', 'medical', new Map([[made.kid, other]])),
    ]
    const codes = await Promise.all(attempts.map(open => open.catch((error: SealError) => error.code)))
    expect(codes).toEqual(['sealed_key_missing', 'sealed_unreadable', 'sealed_malformed'])
  })
})

describe('a wrapped sector key', () => {
  const INFO = utf8('ecard sector key 1\0')
  const wrapped = bytes(made.sealed.wrapped)

  it('opens claims, and cannot be read', async () => {
    const key = await openWrapped(wrapped, await importPrivate(RFC.recipient), INFO)
    expect(key.extractable).toBe(false)
    expect(await openSealed(made.sealed.claims, 'medical', new Map([[made.kid, key]]))).toMatchObject({
      insurance: 1,
    })
  })

  it('is for one device and one purpose, and whole', async () => {
    const device = await importPrivate(RFC.recipient)
    const attempts = [
      openWrapped(wrapped, (await createSealingKey()).privateKey, INFO),
      openWrapped(wrapped, device, utf8('another')),
      openWrapped(bytes(made.sealed['wrapped short']), device, INFO),
      openWrapped(wrapped.slice(0, 40), device, INFO),
    ]
    const codes = await Promise.all(attempts.map(open => open.catch((error: SealError) => error.code)))
    expect(codes).toEqual(['sealed_key_missing', 'sealed_unreadable', 'sealed_malformed', 'sealed_malformed'])
  })

  it('is wrapped to a key that has a name like any other', async () => {
    const { privateKey, publicKey } = await createSealingKey()
    expect(privateKey.extractable).toBe(false)
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
    expect(await publicBytesOf(privateKey)).toEqual(raw)
    expect(await sealingKeyId(raw)).toMatch(/^[0-9a-f]{8}$/)
  })
})
