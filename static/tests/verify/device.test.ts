// @vitest-environment node
import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { TrustStore } from '@shared/verify/trust-store'
import { fromBase64url, fromUtf8, utf8 } from '@shared/verify/bytes'
import { measureOffset } from '../../verifier/device/clock'
import { openDeviceDatabase, type DeviceDatabase } from '../../verifier/device/database'
import { Enrolment } from '../../verifier/device/enrolment'
import { formatEnrolmentCode, isCompleteEnrolmentCode } from '../../verifier/device/enrolment-code'
import { forgetIdentity, readIdentity } from '../../verifier/device/identity'
import { SeenCodes } from '../../verifier/device/seen-codes'
import type { EnrolmentRequest, VerifierApi } from '../../verifier/device/verifier-api'
import { NOW, TestIssuer } from './issuer'

let database: DeviceDatabase
let name = 0

beforeEach(async () => {
  database = await openDeviceDatabase(`device-${(name += 1)}`)
})

describe('the enrolment code', () => {
  it.each([
    ['abcdefghjklm', 'ABCD-EFGH-JKLM'],
    ['ＡＢＣＤ－ＥＦＧＨ', 'ABCD-EFGH'],
    [' abcd efgh jklm extra', 'ABCD-EFGH-JKLM'],
    ['', ''],
  ])('%j becomes %j', (typed, written) => {
    expect(formatEnrolmentCode(typed)).toBe(written)
  })

  it('is complete with twelve characters', () => {
    expect(isCompleteEnrolmentCode('ABCD-EFGH-JKLM')).toBe(true)
    expect(isCompleteEnrolmentCode('ABCD-EFGH-JKL')).toBe(false)
  })
})

describe('enrolling', () => {
  const CODE = 'ABCD-EFGH-JKLM'

  async function places(failures = 0) {
    const issuer = await TestIssuer.create()
    const requests: EnrolmentRequest[] = []
    const api = {
      enrol(request: EnrolmentRequest) {
        requests.push(request)
        if (requests.length <= failures) return Promise.reject(new TypeError('the answer was lost'))
        const unit = { kind: 'hospital', name: '医院', name_en: 'Hospital' }
        const root: unknown = JSON.parse(issuer.rootFile)
        return Promise.resolve({
          verifier_id: 7,
          label: '窗口',
          preset: 'hospital',
          unit,
          root,
          policy: { preset: 'hospital' },
        })
      },
    } as unknown as VerifierApi
    return { api, store: await TrustStore.open(`trust-${name}`), database, requests }
  }

  it('keeps a key that cannot be read, pins the root and remembers who it is', async () => {
    const here = await places()
    const identity = await new Enrolment(here).enrol(CODE, 'key', NOW)
    expect(identity).toMatchObject({
      verifierId: '7',
      label: '窗口',
      policy: { preset: 'hospital', maxListAge: 3600 },
    })
    expect(identity.key.extractable).toBe(false)
    expect(identity.sealing).toMatchObject({ knownSince: NOW, privateKey: { extractable: false } })
    expect(here.store.rootFile).toContain('ecard.guangzhou.example')
    expect((await readIdentity(database))?.verifierId).toBe('7')
  })

  it('proves that it holds the key', async () => {
    const here = await places()
    await new Enrolment(here).enrol(CODE, 'key', NOW)
    const [request] = here.requests
    const [header = '', payload = '', signature = ''] = request?.proof.split('.') ?? []
    const read = (part: string): unknown =>
      JSON.parse(fromUtf8(fromBase64url(part) ?? new Uint8Array()) ?? '')
    expect(read(header)).toEqual({ alg: 'ES256', typ: 'ecard-enrolment+jws' })
    expect(read(payload)).toEqual({ code: CODE, iat: NOW, encryption_key: request?.encryption_key })
    expect(request?.encryption_key).toMatchObject({ kty: 'OKP', crv: 'X25519' })
    const curve = { name: 'ECDSA', namedCurve: 'P-256' }
    const jwk = request?.public_key as JsonWebKey
    const key = await crypto.subtle.importKey('jwk', jwk, curve, false, ['verify'])
    const bytes = fromBase64url(signature) ?? new Uint8Array()
    const signed = utf8(`${header}.${payload}`)
    expect(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, bytes, signed)).toBe(true)
  })

  it('sends the very same request again when the answer was lost', async () => {
    const here = await places(1)
    const enrolment = new Enrolment(here)
    await expect(enrolment.enrol(CODE, 'key', NOW)).rejects.toThrow()
    await enrolment.enrol(CODE, 'key', NOW + 5)
    expect(here.requests[1]).toEqual(here.requests[0])
  })

  it('can be undone', async () => {
    await new Enrolment(await places()).enrol(CODE, 'key', NOW)
    await forgetIdentity(database)
    expect(await readIdentity(database)).toBeNull()
  })
})

describe('the codes seen here', () => {
  const sight = (now: number) => ({ tokenId: 'aa', issuedAt: NOW, now, forgetAt: NOW + 90 })

  it('are remembered through a reload, until they can no longer be accepted', async () => {
    const seen = await SeenCodes.open(database, NOW)
    expect(seen.sight(sight(NOW))).toBe('first')
    expect(seen.sight(sight(NOW + 2))).toBe('double_read')
    expect(seen.sight(sight(NOW + 5))).toBe('replayed')
    await vi.waitFor(async () => expect((await database.getAll('seen'))[0]?.last).toBe(NOW + 5))
    expect(await database.count('seen')).toBe(1)
    expect((await SeenCodes.open(database, NOW + 89)).sight(sight(NOW + 89))).toBe('replayed')
    expect((await SeenCodes.open(database, NOW + 90)).sight(sight(NOW + 90))).toBe('first')
  })
})

it('forgets in the database what can come again no more, while the page stays open', async () => {
  const seen = await SeenCodes.open(database, NOW)
  for (let count = 0; count < 500; count += 1)
    seen.sight({ tokenId: String(count), issuedAt: NOW, now: NOW + count, forgetAt: NOW + count + 90 })
  await vi.waitFor(async () => expect(await database.count('seen')).toBe(90))
})

it('measures how far the clock is off, the journey halved', async () => {
  const times = [1000, 1004]
  expect(
    await measureOffset(
      () => Promise.resolve(962),
      () => times.shift() ?? 0,
    ),
  ).toBe(40)
})
