/** What a site accepts (token-format §4.1). */

import { isObject, text, unsigned, type Json } from './json'

export type Preset = 'gate' | 'hospital' | 'counter'

export interface Policy {
  readonly preset: Preset
  /** Seconds, 1–604,800. */
  readonly maxListAge: number
  /** Seconds, 0–300: what clocks may differ. */
  readonly leeway: number
  /** Names of accepted scenes; null accepts all. */
  readonly scenes: readonly string[] | null
}

export const PRESETS: Readonly<Record<Preset, Policy>> = {
  gate: { preset: 'gate', maxListAge: 86_400, leeway: 30, scenes: ['transit', 'identity'] },
  hospital: { preset: 'hospital', maxListAge: 3_600, leeway: 30, scenes: ['identity', 'medical'] },
  counter: { preset: 'counter', maxListAge: 3_600, leeway: 30, scenes: null },
}

const MEMBERS = ['preset', 'max_list_age', 'leeway', 'scenes']
const MAX_LIST_AGE = 604_800
const MAX_LEEWAY = 300

/** Throws a RangeError that names the member at fault. */
export function parsePolicy(policy: Json): Policy {
  if (!isObject(policy)) throw new RangeError('policy: an object expected')
  const unknown = Object.keys(policy).find(name => !MEMBERS.includes(name))
  if (unknown !== undefined) throw new RangeError(`policy: unknown member ${unknown}`)
  const preset = PRESETS[(policy.preset ?? 'counter') as Preset] as Policy | undefined
  if (preset === undefined) throw new RangeError('policy: preset')
  return {
    preset: preset.preset,
    maxListAge: within('max_list_age', policy.max_list_age, [1, MAX_LIST_AGE], preset.maxListAge),
    leeway: within('leeway', policy.leeway, [0, MAX_LEEWAY], preset.leeway),
    scenes: parseScenes(policy.scenes, preset.scenes),
  }
}

function within(
  name: string,
  value: Json | undefined,
  [least, most]: [number, number],
  otherwise: number,
): number {
  if (value === undefined) return otherwise
  const number = unsigned(value)
  if (number === null || number < least || number > most) throw new RangeError(`policy: ${name}`)
  return number
}

function parseScenes(value: Json | undefined, otherwise: Policy['scenes']): Policy['scenes'] {
  if (value === undefined) return otherwise
  if (value === null) return null
  const names = Array.isArray(value) ? value.map(text) : [null]
  if (!names.every(name => name !== null)) throw new RangeError('policy: scenes')
  return names
}
