/** The scenes of a key set, and the attributes that a code made for one of them carries (token-format §1.2). */

import { fromBase64url, hex } from './bytes'
import { isBytes, type Cbor } from './cbor'
import { isObject, text, unsigned, type Json, type JsonObject } from './json'
import type { Claims } from './verdict'

export interface Scene {
  readonly id: number
  readonly name: string
  readonly attributes: readonly string[]
}

export type Attributes = Pick<Claims, 'concession' | 'pseudonym'>

interface AttributeType {
  fromCwt(value: Cbor): number | string | null
  fromJwt(value: Json): number | string | null
}

const MAX_CONCESSION = 255
const PSEUDONYM_BYTES = 8

const concession = (value: number | null): number | null =>
  value !== null && value <= MAX_CONCESSION ? value : null

/** The attributes that this verifier knows; a scene that lists another cannot be judged here. */
const ATTRIBUTES: ReadonlyMap<string, AttributeType> = new Map<string, AttributeType>([
  [
    'concession',
    {
      fromCwt: value => (typeof value === 'bigint' && value >= 0n ? concession(Number(value)) : null),
      fromJwt: value => concession(unsigned(value)),
    },
  ],
  [
    'pseudonym',
    {
      fromCwt: value => (isBytes(value) && value.length === PSEUDONYM_BYTES ? hex(value) : null),
      fromJwt: value => {
        const bytes = fromBase64url(text(value) ?? '')
        return bytes?.length === PSEUDONYM_BYTES ? hex(bytes) : null
      },
    },
  ],
])

export function parseScene(entry: Json): Scene | null {
  if (!isObject(entry) || !Array.isArray(entry.attributes)) return null
  const id = unsigned(entry.id)
  const name = text(entry.name)
  const attributes = entry.attributes.map(text)
  if (id === null || name === null || !attributes.every(attribute => attribute !== null)) return null
  return { id, name, attributes }
}

/** All of the scene's attributes and nothing else, or null. */
export function readAttributes(scene: Scene, written: readonly Cbor[] | JsonObject): Attributes | null {
  const isArray = isCborArray(written)
  const count = isArray ? written.length : Object.keys(written).length
  if (count !== scene.attributes.length) return null
  const read = scene.attributes.map((name, at) => {
    const type = ATTRIBUTES.get(name)
    const value = isArray ? type?.fromCwt(written[at] ?? []) : type?.fromJwt(written[name] ?? null)
    return [name, value ?? null] as const
  })
  return read.every(([, value]) => value !== null) ? (Object.fromEntries(read) as Attributes) : null
}

const isCborArray = (written: readonly Cbor[] | JsonObject): written is readonly Cbor[] =>
  Array.isArray(written)
