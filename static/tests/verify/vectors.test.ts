// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { BoundedReplayMemory, loadTrust, parsePolicy, TrustRefusal, verify, type Trust } from '@shared/verify'
import { fromBase64url, type Bytes } from '@shared/verify/bytes'
import type { Json } from '@shared/verify/json'

/** The vectors of the Python verifier; see tests/vectors/ at the root of the project. */
const FOLDER = resolve(import.meta.dirname, '../../../tests/vectors')

interface Vector {
  name: string
  text: string
  trust: string | null
  policy: Json
  now: number
  /** Token ids that the replay memory knows already. */
  seen?: string[]
  expect: { outcome: string; code: string; trust_code?: string }
}

interface Bundle {
  root: string
  keys: string
  manifest: string
  shards: Record<string, { snapshot?: string; delta?: string }>
  state: { manifest_version: number; keys_version: number; time_floor: number }
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const jsonFiles = (folder: string): string[] => readdirSync(folder).filter(name => name.endsWith('.json'))

function load(bundle: Bundle): Promise<Trust> {
  const { root, keys, manifest, state } = bundle
  const shards = new Map<number, { snapshot: string; delta: Bytes }>()
  for (const [shard, { snapshot, delta }] of Object.entries(bundle.shards)) {
    const changes = fromBase64url(delta ?? '!')
    if (snapshot !== undefined && changes !== null) shards.set(Number(shard), { snapshot, delta: changes })
  }
  const { manifest_version: manifestVersion, keys_version: keysVersion, time_floor: timeFloor } = state
  return loadTrust({ root, keys, manifest, shards }, { manifestVersion, keysVersion, timeFloor })
}

/** Each bundle as it loads, or the code of the check that it fails. */
const trusts = new Map<string | null, Trust | string>([[null, 'nothing was fetched']])

beforeAll(async () => {
  for (const file of jsonFiles(resolve(FOLDER, 'trust'))) {
    const loaded = load(readJson(resolve(FOLDER, 'trust', file)) as Bundle)
    const kept = await loaded.catch((error: unknown) => {
      if (error instanceof TrustRefusal) return error.code
      throw error
    })
    trusts.set(file.replace('.json', ''), kept)
  }
})

describe.each(jsonFiles(FOLDER))('%s', file => {
  it.each(readJson(resolve(FOLDER, file)) as Vector[])('$name', async vector => {
    const held = trusts.get(vector.trust)
    if (held === undefined) throw new Error(`no bundle ${vector.trust}`)
    const trust = typeof held === 'string' ? null : held
    const policy = parsePolicy(vector.policy)
    const replay = vector.seen && new BoundedReplayMemory(vector.seen.map(tokenId => [tokenId, Infinity]))
    const { outcome, code } = await verify(vector.text, {
      trust,
      policy,
      now: vector.now,
      replay: replay ?? null,
    })
    const { trust_code: trustCode, ...expected } = vector.expect
    expect({ outcome, code }).toEqual(expected)
    if (trustCode !== undefined) expect(held).toBe(trustCode)
  })
})
