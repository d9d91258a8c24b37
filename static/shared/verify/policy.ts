/** What a site accepts (token-format §4.1). */

import { isObject, text, unsigned, type Json } from './json'

export type Preset = 'gate' | 'hospital' | 'counter'

/** When a site asks the issuer: not at all, where its own answer is `unknown`, or before it answers by itself. */
export type Online = 'never' | 'on_unknown' | 'first'

/** What a site does while the answer is `unknown`: stay closed, or call a person who looks at the plastic card. */
export type OnUnknown = 'refuse' | 'attend'

export interface Policy {
  readonly preset: Preset
  /** Seconds, 1–604,800. */
  readonly maxListAge: number
  /** Seconds, 60–604,800: how long ago a phone's credential may have been issued. */
  readonly maxCredentialAge: number
  /** Seconds, 0–300: what clocks may differ. */
  readonly leeway: number
  /** Names of accepted scenes; null accepts all. */
  readonly scenes: readonly string[] | null
  /** Whether every code must answer a challenge of this site. */
  readonly challenge: boolean
  /** The page heeds these two; a verdict does not. */
  readonly online: Online
  readonly onUnknown: OnUnknown
}

const COMMON = { maxCredentialAge: 86_400, leeway: 30, challenge: false } as const

export const PRESETS: Readonly<Record<Preset, Policy>> = {
  gate: {
    ...COMMON,
    preset: 'gate',
    maxListAge: 86_400,
    scenes: ['transit', 'identity'],
    online: 'never',
    onUnknown: 'refuse',
  },
  hospital: {
    ...COMMON,
    preset: 'hospital',
    maxListAge: 3_600,
    scenes: ['identity', 'medical'],
    online: 'on_unknown',
    onUnknown: 'attend',
  },
  counter: {
    ...COMMON,
    preset: 'counter',
    maxListAge: 3_600,
    scenes: null,
    online: 'first',
    onUnknown: 'attend',
  },
}

const MEMBERS = [
  'preset',
  'max_list_age',
  'max_credential_age',
  'leeway',
  'scenes',
  'challenge',
  'online',
  'on_unknown',
]
const WEEK = 604_800
const MAX_LEEWAY = 300
const ONLINE: readonly Online[] = ['never', 'on_unknown', 'first']
const ON_UNKNOWN: readonly OnUnknown[] = ['refuse', 'attend']

/** Throws a RangeError that names the member at fault. */
export function parsePolicy(policy: Json): Policy {
  if (!isObject(policy)) throw new RangeError('policy: an object expected')
  const unknown = Object.keys(policy).find(name => !MEMBERS.includes(name))
  if (unknown !== undefined) throw new RangeError(`policy: unknown member ${unknown}`)
  const preset = findPreset(policy.preset)
  return {
    preset: preset.preset,
    maxListAge: within('max_list_age', policy.max_list_age, [1, WEEK], preset.maxListAge),
    maxCredentialAge: within(
      'max_credential_age',
      policy.max_credential_age,
      [60, WEEK],
      preset.maxCredentialAge,
    ),
    leeway: within('leeway', policy.leeway, [0, MAX_LEEWAY], preset.leeway),
    scenes: parseScenes(policy.scenes, preset.scenes),
    challenge: oneOf('challenge', policy.challenge, [true, false], preset.challenge),
    online: oneOf('online', policy.online, ONLINE, preset.online),
    onUnknown: oneOf('on_unknown', policy.on_unknown, ON_UNKNOWN, preset.onUnknown),
  }
}

function findPreset(value: Json = 'counter'): Policy {
  const name = text(value)
  if (name === null || !Object.hasOwn(PRESETS, name)) throw new RangeError('policy: preset')
  return PRESETS[name as Preset]
}

function oneOf<Value extends Json>(
  name: string,
  value: Json | undefined,
  accepted: readonly Value[],
  otherwise: Value,
): Value {
  if (value === undefined) return otherwise
  const found = accepted.find(each => each === value)
  if (found === undefined) throw new RangeError(`policy: ${name}`)
  return found
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
