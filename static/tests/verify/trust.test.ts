// @vitest-environment node
import 'fake-indexeddb/auto'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { acceptTrust, NOTHING_SEEN, PRESETS, TrustRefusal, verify, type TrustFiles } from '@shared/verify'
import { TrustStore } from '@shared/verify/trust-store'
import { sha256, type Bytes } from '@shared/verify/bytes'
import { encode, layOver, RevokedList } from '@shared/verify/revoked-list'
import { listAfter, NOW, SHARD, TestIssuer, words, type MaterialOptions } from './issuer'

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

const withList = (files: TrustFiles, list: Bytes): TrustFiles => ({
  ...files,
  lists: new Map([[SHARD, list]]),
})

const spoil = (jws: string) => jws.slice(0, -8) + (jws.at(-8) === 'A' ? 'B' : 'A') + jws.slice(-7)

describe('accepting', () => {
  it('keeps what it accepted through a restart', async () => {
    await store.accept(await issuer.material({ version: 4, changes: [[7, true]] }), NOW)
    const trust = await reopen()
    expect(trust?.seen).toEqual({
      manifestVersion: 4,
      keysVersion: 1,
      timeFloor: NOW,
      listKid: issuer.listKey.kid,
    })
    expect(trust?.lists.get(SHARD)?.has(7)).toBe(true)
  })

  it('takes a newer list in the place of an older one', async () => {
    const files = await issuer.material({ version: 1 })
    await store.accept(files, NOW)
    const next = await issuer.material({ version: 2, changes: [[7, true]] })
    const trust = await store.accept(next, NOW)
    const verdict = await verify(await issuer.digits({ index: 7 }), { trust, policy: PRESETS.gate, now: NOW })
    expect(verdict.code).toBe('revoked')
  })

  it('counts a shard that has not been fetched as absent', async () => {
    const files = { ...(await issuer.material()), lists: new Map() }
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
    const expired = await issuer.material({ version: 2, keysVersion: 4, keysExpiresAt: NOW })
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

  it('keeps whole what tabs accepted in turn', async () => {
    const other = await TrustStore.open(`trust-${name}`)
    const withLoss = { changes: [[7, true]] } as const
    await store.accept(await issuer.material({ version: 1 }), NOW)
    await other.accept(await issuer.material({ version: 2, ...withLoss, issuedAt: NOW + 20 }), NOW)
    await store.accept(await issuer.material({ version: 3, issuedAt: NOW + 10 }), NOW)
    other.close()
    const trust = await reopen()
    expect(trust?.lists.get(SHARD)?.has(7)).toBe(false)
    expect(trust?.seen).toMatchObject({ manifestVersion: 3, timeFloor: NOW + 20 })
  })

  it('T3: other keys than the manifest names', async () => {
    const files = await issuer.material({ version: 2, keysVersion: 2 })
    const keys = await issuer.keySet({ keysVersion: 2, keysExpiresAt: NOW + 900_000 })
    expect(await refusalOf(store.accept({ ...files, keys }, NOW))).toBe('keys_mismatch')
  })

  it('T4: a list that is not the one the manifest names', async () => {
    const files = await issuer.material({ changes: [[1, true]] })
    for (const list of [listAfter([]), listAfter([[2, true]])])
      expect(await refusalOf(store.accept(withList(files, list), NOW))).toBe('list_mismatch')
  })

  it('T4: a list that names an index beyond the shard, known or new', async () => {
    const changes = [[512, true]] as const
    const beyond = await issuer.material({ changes, size: 512 })
    expect(await refusalOf(store.accept(beyond, NOW))).toBe('list_untrusted')
    const files = await issuer.material({ changes, size: 513 })
    await store.accept(files, NOW)
    const smaller = { ...(await issuer.material({ changes, size: 512, version: 2 })), lists: files.lists }
    expect(await refusalOf(store.accept(smaller, NOW))).toBe('list_untrusted')
  })

  it('T1: another key set of the same version, even of another tab', async () => {
    const other = await TrustStore.open(`trust-${name}`)
    await store.accept(await issuer.material({ version: 1 }), NOW)
    const rewritten = await issuer.material({ version: 2, keysIssuedAt: NOW - 1 })
    expect(await refusalOf(store.accept(rewritten, NOW))).toBe('keys_rollback')
    expect(await refusalOf(other.accept(rewritten, NOW))).toBe('keys_rollback')
    other.close()
  })

  it('T2: a manifest signed by a revoked list key', async () => {
    const files = await issuer.material({ listKey: { revoked: NOW } })
    expect(await refusalOf(store.accept(files, NOW))).toBe('manifest_untrusted')
  })

  it('keeps what it held', async () => {
    const held = await store.accept(await issuer.material({ version: 5 }), NOW)
    await refusalOf(store.accept(await issuer.material({ version: 4 }), NOW))
    expect(store.held).toBe(held)
    expect((await reopen())?.manifest.version).toBe(5)
  })
})

describe('T2a: a list key that pushed version and time into the future', () => {
  const RAN_AHEAD: MaterialOptions = { version: 9_999, issuedAt: NOW + 500_000, changes: [[7, true]] }

  /** The same root and code key, with another list key. */
  const successor = async () => {
    const { rootKey, codeKey, sealKey } = issuer
    return TestIssuer.of(rootKey, codeKey, (await TestIssuer.create()).listKey, sealKey)
  }

  it('is forgotten with all that it claimed once the root has dropped it', async () => {
    await store.accept(await issuer.material(RAN_AHEAD), NOW)
    const later = await successor()
    const files = await later.material({ version: 3, keysVersion: 2 })
    const { seen } = await store.accept(files, NOW)
    expect(seen).toEqual({ manifestVersion: 3, keysVersion: 2, timeFloor: NOW, listKid: later.listKey.kid })
    expect((await reopen())?.seen).toEqual(seen)
  })

  it('stays in force while the key does, or where the key set is not newer', async () => {
    await store.accept(await issuer.material(RAN_AHEAD), NOW)
    const same = await issuer.material({ version: 3, keysVersion: 2 })
    expect(await refusalOf(store.accept(same, NOW))).toBe('manifest_rollback')
    const notNewer = await (await successor()).material({ version: 3, keysVersion: 1 })
    expect(await refusalOf(store.accept(notNewer, NOW))).toBe('keys_rollback')
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

describe('the one writing of a list', () => {
  const refusalOfBytes = async (...bytes: number[]) => {
    const pinned = await sha256(Uint8Array.from(bytes))
    return refusalOf(RevokedList.read(Uint8Array.from(bytes), pinned, 2 ** 28))
  }

  it('is read as it is written, up to the last index', async () => {
    for (const indices of [[], [0], [0, 1, 2], [127, 128, 129, 16_512], [2 ** 28 - 1], [5, 2 ** 28 - 1]]) {
      const bytes = encode(Uint32Array.from(indices))
      const list = await RevokedList.read(bytes, await sha256(bytes), 2 ** 28)
      expect([...list.indices]).toEqual(indices)
      expect(indices.every(index => list.has(index))).toBe(true)
      expect([3, 130, 2 ** 28 - 2].some(index => list.has(index))).toBe(false)
    }
  })

  it.each([
    ['a number cut short', [0x80]],
    ['a number in more bytes than it takes', [0x81, 0x00]],
    ['a number of five bytes', [0x80, 0x80, 0x80, 0x80, 0x01]],
    ['an index outside every shard', [0xff, 0xff, 0xff, 0x7f, 0x00]],
  ])('is not %s', async (_, bytes) => {
    expect(await refusalOfBytes(...bytes)).toBe('list_untrusted')
  })

  it('is what changes lead to, whatever way they came', () => {
    const changes = [
      [7, true],
      [2 ** 31 - 1, true],
      [3, true],
      [7, false],
      [3, true],
      [7, true],
    ] as const
    for (let cut = 0; cut <= changes.length; cut += 1) {
      const before = listAfter(changes.slice(0, cut))
      const indices = Uint32Array.from(
        [...new Map(changes.slice(0, cut))].filter(([, on]) => on),
        ([at]) => at,
      )
      expect(layOver(indices.sort(), words(changes.slice(cut)))).toEqual(listAfter(changes))
      expect(layOver(indices, words([]))).toEqual(before)
    }
    expect(layOver(Uint32Array.of(1), Uint8Array.of(0, 0, 0))).toBeNull()
  })
})

it('forgets everything when another root is pinned', async () => {
  await store.accept(await issuer.material({ version: 9 }), NOW)
  const other = await TestIssuer.create()
  await store.pinRoot(other.rootFile)
  expect(store.held).toBeNull()
  expect((await store.accept(await other.material({ version: 1 }), NOW)).manifest.version).toBe(1)
})
