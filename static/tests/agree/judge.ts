/**
 * The TypeScript half of a comparison: reads lines of JSON from standard input, a bundle first and then a text with its
 * circumstances each, and writes a line `outcome code` for each text. Python judges the same texts (tests/agree/).
 */

import { createInterface } from 'node:readline'
import { parsePolicy, verify, type Policy, type Trust } from '@shared/verify'
import type { Json } from '@shared/verify/json'
import { loadBundle, type Bundle } from '../verify/bundle'

interface Question {
  readonly text: string
  readonly policy: Json
  readonly now: number
  readonly challenge: number | null
}

let trust: Trust | null = null
const policies = new Map<string, Policy>()

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const read: unknown = JSON.parse(line)
  if (trust === null) trust = await loadBundle(read as Bundle)
  else process.stdout.write(`${await answer(read as Question, trust)}\n`)
}

async function answer({ text, policy, now, challenge }: Question, held: Trust): Promise<string> {
  const { outcome, code } = await verify(text, { trust: held, policy: policyOf(policy), now, challenge })
  return `${outcome} ${code}`
}

function policyOf(written: Json): Policy {
  const key = JSON.stringify(written)
  const policy = policies.get(key) ?? parsePolicy(written)
  policies.set(key, policy)
  return policy
}
