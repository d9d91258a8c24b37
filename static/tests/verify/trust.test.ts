// @vitest-environment node
import 'fake-indexeddb/auto'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { acceptTrust, NOTHING_SEEN, PRESETS, TrustRefusal, verify, type TrustFiles } from '@shared/verify'
import { TrustStore } from '@shared/verify/trust-store'
import { delta, NOW, SHARD, TestIssuer } from './issuer'

let issuer: TestIssuer
let store: TrustStore
let name = 0

beforeAll(async () => {
  issuer = await TestIssuer.create()
})

beforeEach(async () => {
  name += 1
  store = await TrustStore.open(`trust-${name}`)
  await store.pinRoot(issuer.rootFile)
})

afterEach(() => store.close())

const reopen = async () => {
  store.close()
  store = await TrustStore.open(`trust-${name}`)
  return store.load()
}

const refusalOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof TrustRefusal ? error.code : String(error)),
  )

function withShard(
  files: TrustFiles,
  change: Partial<{ snapshot: string; delta: Uint8Array<ArrayBuffer> }>,
): TrustFiles {
  const shard = files.shards.get(SHARD)
  if (shard === undefined) throw new Error('no shard')
  return { ...files, shards: new Map([[SHARD, { ...shard, ...change }]]) }
}

const spoil = (jws: string) => jws.slice(0, -8) + (jws.at(-8) === 'A' ? 'B' : 'A') + jws.slice(-7)

describe('accepting', () => {
  it('keeps what it accepted through a restart', async () => {
    await store.accept(await issuer.material({ version: 4, revoked: [7] }), NOW)
    const trust = await reopen()
    expect(trust?.seen).toEqual({ manifestVersion: 4, keysVersion: 1, timeFloor: NOW })
    expect(trust?.shards.get(SHARD)?.isRevoked(7)).toBe(true)
  })

  it('applies a delta to the snapshot it holds', async () => {
    const files = await issuer.material({ version: 1 })
    await store.accept(files, NOW)
    const next = await issuer.material({ version: 2, changes: [[7, true]] })
    const trust = await store.accept(next, NOW)
    const verdict = await verify(await issuer.digits({ index: 7 }), { trust, policy: PRESETS.gate, now: NOW })
    expect(verdict.code).toBe('revoked')
  })

  it('counts a shard that has not been fetched as absent', async () => {
    const files = { ...(await issuer.material()), shards: new Map() }
    const trust = await store.accept(files, NOW)
    const verdict = await verify(await issuer.digits(), { trust, policy: PRESETS.gate, now: NOW })
    expect(verdict.code).toBe('list_missing')
  })
})

describe('refusing', () => {
  it('T1: keys signed by another root, by nobody, older, or expired', async () => {
    const stranger = await TestIssuer.create()
    const foreign = { ...(await stranger.material()), root: issuer.rootFile }
    expect(await refusalOf(store.accept(foreign, NOW))).toBe('keys_untrusted')
    const files = await issuer.material({ keysVersion: 3 })
    expect(await refusalOf(store.accept({ ...files, keys: files.keys.slice(0, -20) }, NOW))).toBe(
      'keys_untrusted',
    )
    await store.accept(files, NOW)
    expect(await refusalOf(store.accept(await issuer.material({ version: 2, keysVersion: 2 }), NOW))).toBe(
      'keys_rollback',
    )
    const expired = await issuer.material({ version: 2, keysVersion: 3, keysExpiresAt: NOW })
    expect(await refusalOf(store.accept(expired, NOW))).toBe('keys_expired')
  })

  it('T2: a manifest changed, cut, older, or another of the same version', async () => {
    const files = await issuer.material({ version: 5 })
    expect(await refusalOf(store.accept({ ...files, manifest: spoil(files.manifest) }, NOW))).toBe(
      'manifest_untrusted',
    )
    expect(await refusalOf(store.accept({ ...files, manifest: files.manifest.slice(0, -9) }, NOW))).toBe(
      'manifest_untrusted',
    )
    await store.accept(files, NOW)
    expect(await refusalOf(store.accept(await issuer.material({ version: 4 }), NOW))).toBe(
      'manifest_rollback',
    )
    expect(await refusalOf(store.accept(await issuer.material({ version: 5 }), NOW))).toBe(
      'manifest_rollback',
    )
    expect(await refusalOf(store.accept(files, NOW))).toBe('accepted')
  })

  it('T2: an older manifest even after a restart', async () => {
    await store.accept(await issuer.material({ version: 5 }), NOW)
    await reopen()
    expect(await refusalOf(store.accept(await issuer.material({ version: 4 }), NOW))).toBe(
      'manifest_rollback',
    )
  })

  it('T2: an older manifest than another tab accepted meanwhile', async () => {
    const other = await TrustStore.open(`trust-${name}`)
    await other.accept(await issuer.material({ version: 9 }), NOW)
    expect(await refusalOf(store.accept(await issuer.material({ version: 8 }), NOW))).toBe(
      'manifest_rollback',
    )
    other.close()
    expect((await reopen())?.manifest.version).toBe(9)
  })

  it('T3: other keys than the manifest names', async () => {
    const files = await issuer.material({ version: 2, keysVersion: 2 })
    const keys = await issuer.keySet({ keysVersion: 2, keysExpiresAt: NOW + 900_000 })
    expect(await refusalOf(store.accept({ ...files, keys }, NOW))).toBe('keys_mismatch')
  })

  it('T4: a list that is not the one the manifest names', async () => {
    const files = await issuer.material({ changes: [[1, true]] })
    const others = [
      { snapshot: await issuer.snapshot([1]) },
      { delta: delta([]) },
      { delta: delta([[2, true]]) },
    ]
    for (const other of others) {
      expect(await refusalOf(store.accept(withShard(files, other), NOW))).toBe('list_mismatch')
    }
  })

  it('T4: a delta that names an index beyond the list', async () => {
    expect(await refusalOf(store.accept(await issuer.material({ changes: [[5000, true]] }), NOW))).toBe(
      'list_untrusted',
    )
  })

  it('T4: a bitmap longer or shorter than the manifest says', async () => {
    for (const size of [8, 4096]) {
      expect(await refusalOf(store.accept(await issuer.material({ size }), NOW))).toBe('list_untrusted')
    }
  })

  it('keeps what it held', async () => {
    const held = await store.accept(await issuer.material({ version: 5 }), NOW)
    await refusalOf(store.accept(await issuer.material({ version: 4 }), NOW))
    expect(store.held).toBe(held)
    expect((await reopen())?.manifest.version).toBe(5)
  })
})

it('T5: never lets the time floor fall', async () => {
  const seen = { ...NOTHING_SEEN, timeFloor: NOW + 500 }
  const trust = await acceptTrust(await issuer.material(), { now: NOW, seen })
  expect(trust.seen.timeFloor).toBe(NOW + 500)
  const judged = await verify(await issuer.digits(), { trust, policy: PRESETS.gate, now: NOW })
  expect(judged.code).toBe('clock_behind')
})

it('says what is wrong with a folder that was changed while the page was closed', async () => {
  await store.accept(await issuer.material({ version: 2 }), NOW)
  const older = await issuer.material({ version: 1 })
  const raw = (store as unknown as { database: IDBDatabase & { put(...of: unknown[]): Promise<unknown> } })
    .database
  await raw.put('files', older.manifest, 'manifest.jws')
  expect(await refusalOf(reopen())).toBe('manifest_rollback')
})

it('forgets everything when another root is pinned', async () => {
  await store.accept(await issuer.material({ version: 9 }), NOW)
  const other = await TestIssuer.create()
  await store.pinRoot(other.rootFile)
  expect(store.held).toBeNull()
  expect((await store.accept(await other.material({ version: 1 }), NOW)).manifest.version).toBe(1)
})
