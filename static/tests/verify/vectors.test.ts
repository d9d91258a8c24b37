// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  BoundedReplayMemory,
  parsePolicy,
  TrustRefusal,
  verify,
  type ReplayMemory,
  type Trust,
} from '@shared/verify'
import type { Json } from '@shared/verify/json'
import { nameOf } from '@shared/verify/replay'
import { loadBundle, type Bundle } from './bundle'

/** The vectors of the Python verifier; see tests/vectors/ at the root of the project. */
const FOLDER = resolve(import.meta.dirname, '../../../tests/vectors')

interface Vector {
  name: string
  text: string
  trust: string | null
  policy: Json
  now: number
  challenge?: number | null
  /** What the replay memory knows already: codes by number and time, and when each was sighted last. */
  seen?: { token_id: string; iat: number; at: number }[]
  expect: { outcome: string; code: string; trust_code?: string }
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const jsonFiles = (folder: string): string[] => readdirSync(folder).filter(name => name.endsWith('.json'))

function remember(seen: Required<Vector>['seen']): ReplayMemory {
  const known = seen.map(({ token_id: tokenId, iat: issuedAt, at }) => {
    return [nameOf({ tokenId, issuedAt }), { last: at, forgetAt: Infinity }] as const
  })
  return new BoundedReplayMemory(known)
}

/** Each bundle as it loads, or the code of the check that it fails. */
const trusts = new Map<string | null, Trust | string>([[null, 'nothing was fetched']])

beforeAll(async () => {
  for (const file of jsonFiles(resolve(FOLDER, 'trust'))) {
    const loaded = loadBundle(readJson(resolve(FOLDER, 'trust', file)) as Bundle)
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
    const { outcome, code } = await verify(vector.text, {
      trust: typeof held === 'string' ? null : held,
      policy: parsePolicy(vector.policy),
      now: vector.now,
      replay: vector.seen ? remember(vector.seen) : null,
      challenge: vector.challenge ?? null,
    })
    const { trust_code: trustCode, ...expected } = vector.expect
    expect({ outcome, code }).toEqual(expected)
    if (trustCode !== undefined) expect(held).toBe(trustCode)
  })
})
